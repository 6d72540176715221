package story

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// medical: with the place found, one agency may know of his injuries.
func (n *night) medical(ctx context.Context) error {
	return n.agreed(ctx, clinic, "health", posada.CategoryMedical, 7)
}

// wages: another may know what he is owed, and nothing of his injuries.
func (n *night) wages(ctx context.Context) error {
	return n.agreed(ctx, workers, "wages", posada.CategoryWageEvidence, 30)
}

// agreed records a consent to one agency, sends it what was shown, and sees that it has
// that and no more.
func (n *night) agreed(ctx context.Context, key, about string, may posada.Category, days int) error {
	c, err := n.records(ctx, "consent-"+about+".yaml", n.of)
	if err != nil {
		return err
	}
	for _, a := range c.Allow {
		n.told.fact(a.To.Name, n.c.Printer.Term("purpose", string(a.Purpose))+": "+i18n.Terms(n.c.Printer, "category", a.Share))
	}
	n.told.fact(n.c.Printer.Text("story.a.days"), fmt.Sprint(days))
	in, err := n.drafted("referral-"+about+".yaml", n.of)
	if err != nil {
		return err
	}
	sent, preview, err := n.delivers(ctx, in)
	if err != nil {
		return err
	}
	if err := n.takenOn(ctx, key, sent.ID); err != nil {
		return err
	}
	got, err := n.asks[key].Referral(ctx, sent.ID)
	lasts := c.Expires.Sub(c.Given)
	return errors.Join(err, n.has(got, preview, may),
		must((lasts-time.Duration(days)*24*time.Hour).Abs() < time.Hour && len(c.Missing) == 0, "the consent lasts %s", lasts))
}

// has holds what came against what was shown, and against what may be known there.
func (n *night) has(got client.Referral, shown client.Preview, may posada.Category) error {
	n.told.fact(n.c.Printer.Text("story.alias"), posada.Brief(got.Alias))
	never := []posada.Category{posada.CategoryIdentity, posada.CategoryImmigrationStatus, posada.CategoryMedical, posada.CategoryWageEvidence}
	there := false
	for _, f := range got.Carried {
		if f.Category == may {
			there = true
			n.told.fact(n.c.Printer.Field(f.Place, f.Value))
		} else if slices.Contains(never, f.Category) {
			return must(false, "%s came along", f.Place)
		}
	}
	return must(there && slices.Equal(got.Carried, shown.Carried), "what arrived is not what was previewed")
}

// status: nobody gets his immigration status, whoever asks.
func (n *night) status(ctx context.Context) error {
	for _, c := range []struct{ about, to, purpose string }{
		{"health", "", ""}, {"wages", "", ""}, {"wages", n.name(fund), string(posada.PurposeCaseManagement)},
	} {
		in, err := n.drafted("referral-"+c.about+".yaml", n.of)
		if err != nil {
			return err
		}
		in.To, in.Purpose = cmp.Or(c.to, in.To), cmp.Or(c.purpose, in.Purpose)
		in.Records[0].Fields["psd_ImmigrationStatus"] = "Invented status that is nobody's business"
		n.told.fact(in.To, n.c.Printer.Term("purpose", in.Purpose))
		if err := n.refused(ctx, in, posada.CategoryImmigrationStatus); err != nil {
			return err
		}
	}
	return nil
}
