package signing

import (
	"errors"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
)

func inventedConsent() client.NewConsent {
	return client.NewConsent{
		Allow:   []client.NewAllowance{{To: "Invented Legal Aid", Purpose: "legal", Share: []string{"needs"}}},
		GivenBy: "self", AgeBand: "25-39", Method: "written", Language: "spa", Condition: "not_conditional", TextVersion: "posada-1",
	}
}

func inventedMembers() []client.Agency {
	return []client.Agency{
		{ID: "us", Name: "Invented NGO", Class: posada.ClassNGO, Self: true},
		{ID: "legal", Name: "Invented Legal Aid", Class: posada.ClassLegalAid},
		{ID: "clinic", Name: "Invented Clinic", Class: posada.ClassHealth},
		{ID: "police", Name: "Invented Police", Class: posada.ClassLawEnforcement},
	}
}

// TestAFormLastsAsLongAsTheRecordWill: what is unsaid is the same on both.
func TestAFormLastsAsLongAsTheRecordWill(t *testing.T) {
	for said, want := range map[int]int{0: 30, 1: 1, 90: 90} {
		in := inventedConsent()
		in.Days = said
		r := reader{members: inventedMembers()}
		if form := r.form(in, time.Now()); r.err != nil || form.Days != want {
			t.Errorf("%d days became %d, %v", said, form.Days, r.err)
		}
	}
}

// TestNobodySignsWhatIsRefusedAfterwards: a form is refused as the record would
// be.
func TestNobodySignsWhatIsRefusedAfterwards(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*client.NewConsent)
		want   any // a fault's key, or an error
	}{
		"too long":            {func(in *client.NewConsent) { in.Days = 91 }, fault.ConsentDays},
		"less than nothing":   {func(in *client.NewConsent) { in.Days = -1 }, fault.ConsentDays},
		"nobody named":        {func(in *client.NewConsent) { in.Allow = nil }, consent.ErrNobodyNamed},
		"nothing shared":      {func(in *client.NewConsent) { in.Allow[0].Share = nil }, consent.ErrNothingShared},
		"named twice":         {func(in *client.NewConsent) { in.Allow = append(in.Allow, in.Allow[0]) }, consent.ErrNamedTwice},
		"excluded and named":  {func(in *client.NewConsent) { in.Exclude = []string{"invented legal aid"} }, consent.ErrBoth},
		"withheld and shared": {func(in *client.NewConsent) { in.Withhold = []string{"needs"} }, consent.ErrBoth},
		"begun already":       {func(in *client.NewConsent) { in.NotBefore = time.Now().Add(-time.Hour) }, consent.ErrTimes},
		"ourselves and others": {func(in *client.NewConsent) {
			in.Allow = append(in.Allow, client.NewAllowance{To: "us", Purpose: "health", Share: []string{"needs"}})
		}, fault.ConsentNamesOurselves},
		"ourselves twice": {func(in *client.NewConsent) {
			in.Allow[0].To = "us"
			in.Allow = append(in.Allow, client.NewAllowance{To: "us", Purpose: "health", Share: []string{"needs"}})
		}, fault.TakeOverConsent},
		"ourselves, to pass on": {func(in *client.NewConsent) { in.Allow[0].To, in.Allow[0].Onward = "us", []string{"Invented Clinic"} }, fault.TakeOverConsent},
		"onward to police":      {func(in *client.NewConsent) { in.Allow[0].Onward = []string{"Invented Police"} }, fault.ConsentOnward},
		"no agency":             {func(in *client.NewConsent) { in.Allow[0].To = " " }, fault.MissingAgency},
		"an unknown agency":     {func(in *client.NewConsent) { in.Exclude = []string{"Invented Shelter"} }, fault.UnknownAgency},
		"an unknown purpose":    {func(in *client.NewConsent) { in.Allow[0].Purpose = "help" }, fault.UnknownWord},
		"no purpose":            {func(in *client.NewConsent) { in.Allow[0].Purpose = "" }, fault.MissingWord},
		"no age":                {func(in *client.NewConsent) { in.AgeBand = "" }, fault.MissingWord},
		"an unknown check":      {func(in *client.NewConsent) { in.Conflict = "perhaps" }, fault.UnknownWord},
		"an unknown assent":     {func(in *client.NewConsent) { in.Assent = "perhaps" }, fault.UnknownWord},
		"a minor nowhere":       {func(in *client.NewConsent) { in.GivenBy, in.AgeBand = "minor_alone", "16-17" }, fault.MissingWord},
		"a minor in no place":   {func(in *client.NewConsent) { in.GivenBy, in.Jurisdiction = "minor_alone", "us-zz" }, fault.UnknownWord},
		"an unknown place":      {func(in *client.NewConsent) { in.Jurisdiction = "us-zz" }, fault.UnknownWord},
		"told what":             {func(in *client.NewConsent) { in.Informed = []string{"everything"} }, fault.UnknownWord},
		"no language":           {func(in *client.NewConsent) { in.Language = "es" }, fault.ConsentLanguage},
		"on a condition":        {func(in *client.NewConsent) { in.Condition = "conditional" }, ErrCondition},
	} {
		in := inventedConsent()
		c.change(&in)
		r := reader{members: inventedMembers()}
		r.form(in, time.Now())
		switch want := c.want.(type) {
		case fault.Key:
			if fault.From(r.err).Key != want {
				t.Errorf("%s: %v", name, r.err)
			}
		case error:
			if !errors.Is(r.err, want) {
				t.Errorf("%s: %v", name, r.err)
			}
		}
	}
}

// TestWhatWeKeepOurselvesHasAFormOfItsOwn: and nothing else has.
func TestWhatWeKeepOurselvesHasAFormOfItsOwn(t *testing.T) {
	for to, own := range map[string]bool{"Invented NGO": true, "Invented Clinic": false} {
		in := inventedConsent()
		in.Allow[0].To = to
		r := reader{members: inventedMembers()}
		if form := r.form(in, time.Now()); r.err != nil || form.Own != own {
			t.Errorf("%s: own %v, %v", to, form.Own, r.err)
		}
	}
}

// TestTheMarkIsOfWhatIsAgreedTo: anything that is agreed to changes it; where it
// is filed, and what was ticked when it was read, do not.
func TestTheMarkIsOfWhatIsAgreedTo(t *testing.T) {
	of := func(change func(*client.NewConsent)) string {
		in := inventedConsent()
		change(&in)
		mark, err := Mark(in)
		if err != nil {
			t.Fatal(err)
		}
		return mark
	}
	same := of(func(*client.NewConsent) {})
	if of(func(in *client.NewConsent) { in.Case, in.Form = "wren-19", "x" }) != same {
		t.Error("where it is filed changes the mark")
	}
	if of(func(in *client.NewConsent) {
		in.Informed, in.Assent, in.Conflict = []string{"risks"}, "given", "none_found"
	}) != same {
		t.Error("what is known only after it was read changes the mark")
	}
	seen := map[string]string{same: "as it was"}
	for name, change := range map[string]func(*client.NewConsent){
		"to":       func(in *client.NewConsent) { in.Allow[0].To = "Invented Clinic" },
		"purpose":  func(in *client.NewConsent) { in.Allow[0].Purpose = "health" },
		"share":    func(in *client.NewConsent) { in.Allow[0].Share = []string{"needs", "medical"} },
		"onward":   func(in *client.NewConsent) { in.Allow[0].Onward = []string{"Invented Clinic"} },
		"once":     func(in *client.NewConsent) { yes := true; in.Allow[0].SingleUse = &yes },
		"exclude":  func(in *client.NewConsent) { in.Exclude = []string{"Invented Clinic"} },
		"withhold": func(in *client.NewConsent) { in.Withhold = []string{"medical"} },
		"services": func(in *client.NewConsent) { in.Services = []string{"food"} },
		"days":     func(in *client.NewConsent) { in.Days = 60 },
		"begins":   func(in *client.NewConsent) { in.NotBefore = time.Unix(1e9, 0) },
		"where":    func(in *client.NewConsent) { in.Jurisdiction = "us-tx" },
		"who":      func(in *client.NewConsent) { in.GivenBy = "minor_alone" },
		"method":   func(in *client.NewConsent) { in.Method = "thumbprint" },
		"text":     func(in *client.NewConsent) { in.TextVersion = "posada-2" },
	} {
		mark := of(change)
		if other, twice := seen[mark]; twice {
			t.Errorf("%s has the mark of %s", name, other)
		}
		seen[mark] = name
	}
}
