package referral_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

func content() referral.Content {
	return referral.Content{
		Purpose: posada.PurposeLegal, Priority: posada.PriorityUrgent,
		Services: posada.SetOf(posada.ServiceLegalImmigration),
		Records: []referral.Record{
			{Role: htcds.Survivor, Fields: map[string]string{"prs_FirstName": "Invented", "psd_ImmigrationStatus": "invented"}},
			{Role: "household_member", Fields: map[string]string{"prs_FirstName": "Inventada"}},
			{Role: "referring_worker", Fields: map[string]string{"prs_FirstName": "Worker"}},
		},
	}
}

func TestContentCountsItsCategories(t *testing.T) {
	want := posada.SetOf(posada.CategoryNeeds, posada.CategoryIdentity, posada.CategoryImmigrationStatus, posada.CategoryHousehold)
	if got := content().Categories(); got != want {
		t.Errorf("%v; want %v", got.List(), want.List())
	}
}

func TestWrongContentIsRefusedByFieldName(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*referral.Content)
		want   error
	}{
		"nothing in it": {func(c *referral.Content) { c.Services, c.Records = 0, nil }, referral.ErrEmpty},
		"no purpose":    {func(c *referral.Content) { c.Purpose = "" }, posada.ErrUnknownWord},
		"no priority":   {func(c *referral.Content) { c.Priority = "soon" }, posada.ErrUnknownWord},
		"unknown field": {func(c *referral.Content) { c.Records[0].Fields["prs_Nickname"] = "x" }, htcds.ErrUnknownField},
		"unknown role":  {func(c *referral.Content) { c.Records[1].Role = "cousin" }, htcds.ErrUnknownField},
		"bad value":     {func(c *referral.Content) { c.Records[0].Fields["prs_Birthdate"] = "yesterday" }, htcds.ErrBadValue},
		"too many":      {func(c *referral.Content) { c.Records = make([]referral.Record, referral.MaxRecords+1) }, referral.ErrTooManyRecords},
	} {
		x := content()
		c.change(&x)
		err := x.Check()
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v; want %v", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "yesterday") {
			t.Errorf("%s: the error quotes a value", name)
		}
	}
	if err := content().Check(); err != nil {
		t.Error(err)
	}
}

func TestAFieldLeftOutIsGoneEverywhere(t *testing.T) {
	c, unknown := content().Without("prs_FirstName")
	if got := c.Categories(); got.Has(posada.CategoryIdentity) || got.Has(posada.CategoryHousehold) {
		t.Errorf("%v", got.List())
	}
	if len(c.Records) != 1 || len(content().Records) != 3 || len(unknown) != 0 {
		t.Errorf("%d records left; an empty record must go and the original must stay; %v", len(c.Records), unknown)
	}
}

// TestAPlaceLeftOutIsGoneThereAlone: every place that Each names, and services,
// can be named to leave it out; what is not there is said.
func TestAPlaceLeftOutIsGoneThereAlone(t *testing.T) {
	whole := content()
	whole.Records = append(whole.Records, referral.Record{Role: "household_member", Fields: map[string]string{"prs_FirstName": "Otra"}})
	count := func(c referral.Content) (n int) {
		c.Each(func(referral.Place, htcds.Field, string) { n++ })
		return n
	}
	whole.Each(func(at referral.Place, _ htcds.Field, _ string) {
		less, unknown := whole.Without(at.String())
		if count(less) != count(whole)-1 || len(unknown) != 0 {
			t.Errorf("%s: %d fields of %d left, %v", at, count(less), count(whole), unknown)
		}
	})
	if less, _ := whole.Without("household_member[2].prs_FirstName"); less.Records[1].Fields["prs_FirstName"] != "Inventada" {
		t.Error("the first of the role went, too")
	}
	if less, unknown := whole.Without("services"); !less.Services.Empty() || len(unknown) != 0 {
		t.Errorf("%v, %v", less.Services.List(), unknown)
	}
	less, unknown := whole.Without("employer.prs_FirstName", "priority", "prs_FirstNam", "survivor.prs_FirstName", "survivor.prs_FirstName")
	if count(less) != count(whole)-1 || len(unknown) != 3 {
		t.Errorf("%d fields, %v unknown", count(less), unknown)
	}
}

func TestContentPrintsAsNothing(t *testing.T) {
	for _, v := range []any{content(), &[]referral.Content{content()}[0], content().Records} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, "nvent") {
				t.Errorf("%s: %s", verb, text)
			}
		}
	}
}
