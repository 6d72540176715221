package hsds

import "github.com/posada-exchange/posada/pkg/directory"

// The objects of the standard, as far as they are written; each field is called as there.

type page struct {
	TotalItems int       `json:"total_items"`
	TotalPages int       `json:"total_pages"`
	PageNumber int       `json:"page_number"`
	Size       int       `json:"size"`
	First      bool      `json:"first_page"`
	Last       bool      `json:"last_page"`
	Empty      bool      `json:"empty"`
	Contents   []service `json:"contents"`
}

type service struct {
	ID             directory.ID        `json:"id"`
	Name           string              `json:"name"`
	Status         string              `json:"status"`
	Interpretation string              `json:"interpretation_services,omitempty"`
	Eligibility    string              `json:"eligibility_description,omitempty"`
	MinimumAge     *int                `json:"minimum_age,omitempty"`
	MaximumAge     *int                `json:"maximum_age,omitempty"`
	Schedules      []schedule          `json:"schedules,omitempty"`
	Areas          []serviceArea       `json:"service_areas,omitempty"`
	AtLocations    []serviceAtLocation `json:"service_at_locations,omitempty"`
	Languages      []language          `json:"languages,omitempty"`
	Organization   organization        `json:"organization"`
	Capacities     []serviceCapacity   `json:"capacities,omitempty"`
	Attributes     []attribute         `json:"attributes,omitempty"`
}

type organization struct {
	ID            directory.ID `json:"id"`
	Name          string       `json:"name"`
	AlternateName string       `json:"alternate_name,omitempty"`
	Description   string       `json:"description"`
	Email         string       `json:"email,omitempty"`
	Phones        []phone      `json:"phones,omitempty"`
	Attributes    []attribute  `json:"attributes,omitempty"`
}

type phone struct {
	ID        directory.ID `json:"id"`
	Number    string       `json:"number"`
	Extension uint32       `json:"extension,omitzero"`
	Type      string       `json:"type"`
	Languages []language   `json:"languages,omitempty"`
}

type language struct {
	ID   directory.ID `json:"id"`
	Code string       `json:"code"`
}

type schedule struct {
	ID         directory.ID `json:"id"`
	Frequency  string       `json:"freq"`
	ByDay      string       `json:"byday"`
	OpensAt    string       `json:"opens_at"`
	ClosesAt   string       `json:"closes_at"`
	Attributes []attribute  `json:"attributes"`
}

type serviceArea struct {
	ID         directory.ID `json:"id"`
	Name       string       `json:"name"`
	Attributes []attribute  `json:"attributes"`
}

type serviceAtLocation struct {
	ID       directory.ID `json:"id"`
	Location location     `json:"location"`
}

type location struct {
	ID        directory.ID `json:"id"`
	Type      string       `json:"location_type"`
	Addresses []address    `json:"addresses"`
}

type address struct {
	ID      directory.ID `json:"id"`
	Street  string       `json:"address_1"`
	City    string       `json:"city"`
	State   string       `json:"state_province"`
	Postal  string       `json:"postal_code"`
	Country string       `json:"country"`
	Type    string       `json:"address_type"`
}

// serviceCapacity has no maximum, and available is the least of a band.
type serviceCapacity struct {
	ID          directory.ID `json:"id"`
	Unit        unit         `json:"unit"`
	Available   int          `json:"available"`
	Description string       `json:"description"`
	Updated     string       `json:"updated"`
	Attributes  []attribute  `json:"attributes"`
}

type unit struct {
	ID   directory.ID `json:"id"`
	Name string       `json:"name"`
}

type attribute struct {
	ID   directory.ID `json:"id"`
	Type string       `json:"link_type"`
	Term taxonomyTerm `json:"taxonomy_term"`
}

type taxonomyTerm struct {
	ID          directory.ID `json:"id"`
	Code        string       `json:"code"`
	Name        string       `json:"name"`
	Description string       `json:"description"`
	Taxonomy    string       `json:"taxonomy"`
}
