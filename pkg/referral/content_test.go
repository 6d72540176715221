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
	c := content().Without("prs_FirstName")
	if got := c.Categories(); got.Has(posada.CategoryIdentity) || got.Has(posada.CategoryHousehold) {
		t.Errorf("%v", got.List())
	}
	if len(c.Records) != 1 || len(content().Records) != 3 {
		t.Errorf("%d records left; an empty record must go and the original must stay", len(c.Records))
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
