package pull

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
)

// answer is a page of any of the programs; each has its own members.
type answer struct {
	Results *[]json.RawMessage `json:"results"` // KoboToolbox
	Next    string             `json:"next"`

	Value *[]json.RawMessage `json:"value"` // ODK Central
	Link  string             `json:"@odata.nextLink"`

	Data     *[]json.RawMessage `json:"data"` // Primero
	Metadata struct {
		Total int `json:"total"`
		Per   int `json:"per"`
		Page  int `json:"page"`
	} `json:"metadata"`
}

// read reads a page, and says which comes next; nil: none.
func (f *fetching) read(text []byte, at *url.URL) (records [][]byte, next *url.URL, err error) {
	var a answer
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, nil, ErrAnswer
	}
	list, leads := a.Results, a.Next
	switch f.program {
	case ODK:
		list, leads = a.Value, a.Link
	case Primero:
		list, leads = a.Data, ""
	}
	if list == nil {
		return nil, nil, ErrAnswer
	}
	for _, record := range *list {
		var line bytes.Buffer
		if len(record) == 0 || record[0] != '{' || json.Compact(&line, record) != nil {
			return nil, nil, ErrAnswer
		}
		records = append(records, line.Bytes())
	}
	if f.program == Primero {
		return records, a.after(at, len(records)), nil
	}
	if leads == "" {
		return records, nil, nil
	}
	next, err = at.Parse(leads)
	if err != nil || next.Scheme != f.at.Scheme || next.Host != f.at.Host || next.User != nil {
		return nil, nil, ErrLeads
	}
	return records, next, nil
}

// after is Primero's next page, which it numbers and does not name.
func (a answer) after(at *url.URL, got int) *url.URL {
	if got == 0 || a.Metadata.Per <= 0 || a.Metadata.Page*a.Metadata.Per >= a.Metadata.Total {
		return nil
	}
	next := *at
	q := next.Query()
	q.Set("page", strconv.Itoa(a.Metadata.Page+1))
	next.RawQuery = q.Encode()
	return &next
}
