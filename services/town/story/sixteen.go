package story

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/policy"
	"github.com/posada-exchange/posada/services/node"
)

// The agencies of deploy/demo/b/town.yaml that are not in the other stories.
const (
	advocate   = "tecolote"
	abroad     = "orilla"
	school     = "nopal"
	coalition  = "coalicion"
	prosecutor = "fiscalia"
)

// sixteen is the story of a sixteen-year-old whose sponsor nobody should trust, told on a
// Story's town.
type sixteen struct {
	*Story
	keys     map[string]node.Credentials // of who is sent something, copied before
	of       string                      // the case's label
	draft    client.NewPreview           // what the school is sent
	letter   letter                      // as it came there
	ruling   []byte                      // the table that the stewards signed
	proposed []byte                      // the one that a steward proposes
	signed   trust.Proposal              // and that enough of them sign
}

// sixteenSteps are who may say yes for her, what each is told, and who is not let in.
func sixteenSteps(s *Story) []step {
	x := &sixteen{Story: s, keys: map[string]node.Credentials{}}
	return []step{
		{"story.b.network", x.network},
		{"story.b.rules", x.rules},
		{"story.b.sponsor", x.sponsor},
		{"story.b.alone", x.alone},
		{"story.b.advocate", x.signsToo},
		{"story.b.family", x.family},
		{"story.b.only", x.only},
		{"story.b.school", x.enrols},
		{"story.b.words", x.words},
		{"story.b.more", x.more},
		{"story.b.proposal", x.proposal},
		{"story.b.hub", x.hubRefuses},
		{"story.b.node", x.nodeRefuses},
		{"story.b.case", x.inTheFlesh},
		{"story.b.prosecutors", x.neverHeard},
	}
}

// network starts all of the town. The keys of those who are sent something are copied
// before, so that the story can open what came, as they do.
func (x *sixteen) network(ctx context.Context) error {
	laid, err := x.lay()
	if err != nil {
		return err
	}
	for _, key := range []string{legal, advocate, abroad, school} {
		if x.keys[key], err = laid.Credentials(key, time.Now()); err != nil {
			return err
		}
	}
	return x.start(ctx, laid)
}

// rules: what the stewards signed is in every node, and differs from the shipped table in
// what a school may have, and in nothing else.
func (x *sixteen) rules(ctx context.Context) error {
	shipped, version, err := pdp.ReadMatrix(policy.Files)
	if err != nil {
		return err
	}
	var who trust.Examined
	for key := range x.asks {
		in, err := x.asks[key].Network(ctx)
		if err != nil {
			return err
		}
		now := in.InForce[string(trust.RolePolicy)]
		if x.ruling == nil {
			x.ruling = now.Target
		}
		if who, err = trust.Examine(trust.Proposal(now), in.InForce[string(trust.RoleRoot)].Document); err != nil {
			return err
		}
		if in.Policy != version || !bytes.Equal(now.Target, x.ruling) || len(who.Signed) < in.Threshold {
			return must(false, "%s runs number %d, which %d signed", key, in.Policy, len(who.Signed))
		}
	}
	changed, err := pdp.Compare(shipped, x.ruling)
	if err != nil {
		return err
	}
	var may []posada.Category
	for _, c := range changed.Opened() {
		if c.Class != posada.ClassSchool || c.Purpose != posada.PurposeEducation {
			return must(false, "they let %s have %s for %s, too", c.Class, c.Category, c.Purpose)
		}
		may = append(may, c.Category)
	}
	p := x.c.Printer
	x.told.fact(p.Text("story.b.signed"), p.Text("story.b.of", "some", len(who.Signed), "all", len(who.Charter.Stewards)))
	x.told.fact(p.Term("class", string(posada.ClassSchool)), p.Term("purpose", string(posada.PurposeEducation))+": "+i18n.Terms(p, "category", may))
	return must(slices.Equal(may, []posada.Category{posada.CategoryNeeds, posada.CategorySafeContact}), "a school may have %v", may)
}

// sponsor: what he signed counts for nothing, alone, and with her yes where somebody has
// found who he is.
func (x *sixteen) sponsor(ctx context.Context) error {
	for _, said := range []struct {
		assent   posada.Assent
		conflict posada.ConflictCheck
	}{
		{posada.AssentNotAsked, posada.ConflictUnchecked}, {posada.AssentNotAsked, posada.ConflictNone},
		{posada.AssentGiven, posada.ConflictUnchecked}, {posada.AssentGiven, posada.ConflictFound},
	} {
		c, err := x.records(ctx, "consent-sponsor.yaml", x.of, func(in *client.NewConsent) {
			in.Assent, in.Conflict = string(said.assent), string(said.conflict)
		})
		if err != nil {
			return err
		}
		x.of = c.Case
		in, err := x.drafted("referral-legal.yaml", x.of)
		if err != nil {
			return err
		}
		_, lacks, err := x.refusal(ctx, in, posada.CategoryNeeds, "G5")
		if err := errors.Join(err, must(slices.Contains(c.Lacks, "G5"), "it was not said when it was recorded: %v", c.Lacks)); err != nil {
			return err
		}
		p := x.c.Printer
		x.told.fact(p.Text("story.b.guardian", "assent", p.Term("assent", string(said.assent)), "conflict", p.Term("conflict", string(said.conflict))), p.Text("rule."+keyOf(lacks)))
	}
	return x.left(0)
}

// left holds how many letters left Casa Girasol against how many should have.
func (x *sixteen) left(want int) error {
	return must(x.tap.count() == want, "%d letters left, and not %d", x.tap.count(), want)
}

// alone: her own signature is enough for a lawyer where the law of the place says so, and
// only there.
func (x *sixteen) alone(ctx context.Context) error {
	in, err := x.drafted("referral-legal.yaml", x.of)
	if err != nil {
		return err
	}
	_, err = x.records(ctx, "consent-legal.yaml", x.of, func(in *client.NewConsent) {
		in.CoSigned, in.Jurisdiction = nil, string(posada.JurisdictionMexico)
	})
	if err != nil {
		return err
	}
	if _, _, err := x.refusal(ctx, in, posada.CategoryNeeds, "G5.law"); err != nil {
		return err
	}
	p := x.c.Printer
	x.told.fact(p.Term("jurisdiction", string(posada.JurisdictionMexico)), p.Text("story.b.no_law"))
	c, err := x.records(ctx, "consent-legal.yaml", x.of, func(in *client.NewConsent) { in.CoSigned = nil })
	if err != nil {
		return err
	}
	x.told.fact(p.Term("jurisdiction", string(c.Jurisdiction)), p.Text("story.b.law"))
	_, err = x.gives(ctx, legal, in, posada.CategoryNeeds, posada.CategorySafeContact, posada.CategoryIdentity)
	return errors.Join(err, must(c.GivenBy == posada.GivenByMinorAlone, "it was given by %s", c.GivenBy))
}

// signsToo: what is told of a minor as such takes a second signature; with it, the child
// advocate is told, too.
func (x *sixteen) signsToo(ctx context.Context) error {
	in, err := x.drafted("referral-advocate.yaml", x.of)
	if err != nil {
		return err
	}
	if err := x.refusedFor(ctx, in, posada.CategoryMinorDetails, "N2"); err != nil {
		return err
	}
	c, err := x.records(ctx, "consent-legal.yaml", x.of)
	if err != nil {
		return err
	}
	x.told.fact(x.c.Printer.Text("story.b.signs_too"), x.c.Printer.Term("class", string(posada.ClassChildAdvocate)))
	_, err = x.gives(ctx, advocate, in, posada.CategoryNeeds, posada.CategorySafeContact, posada.CategoryMinorDetails)
	return errors.Join(err, must(len(c.Lacks) == 0, "it lacks %v", c.Lacks))
}

// family: to be looked for is nothing she can agree to alone. Her mother agrees with her,
// and an NGO abroad is told what that takes.
func (x *sixteen) family(ctx context.Context) error {
	in, err := x.drafted("referral-family.yaml", x.of)
	if err != nil {
		return err
	}
	_, err = x.records(ctx, "consent-family.yaml", x.of, func(in *client.NewConsent) {
		in.GivenBy, in.Assent, in.Conflict = string(posada.GivenByMinorAlone), "", ""
		in.Jurisdiction, in.CoSigned = string(posada.JurisdictionTexas), []string{string(posada.CoSignerChildAdvocate)}
	})
	if err != nil {
		return err
	}
	if _, _, err := x.refusal(ctx, in, posada.CategoryNeeds, "G5.law"); err != nil {
		return err
	}
	p := x.c.Printer
	x.told.fact(p.Term("given_by", string(posada.GivenByMinorAlone)), p.Text("story.b.no_law"))
	c, err := x.records(ctx, "consent-family.yaml", x.of)
	if err != nil {
		return err
	}
	x.told.fact(p.Text("story.b.mother"), p.Term("assent", string(posada.AssentGiven))+"; "+p.Term("conflict", string(posada.ConflictNone)))
	_, err = x.gives(ctx, abroad, in, posada.CategoryNeeds, posada.CategorySafeContact, posada.CategoryIdentity, posada.CategoryHousehold)
	return errors.Join(err, must(len(c.Lacks) == 0, "it lacks %v", c.Lacks))
}

// only: the same agency, for every other purpose there is, and what it asks about her that
// nobody may tell it.
func (x *sixteen) only(ctx context.Context) error {
	in, err := x.drafted("referral-family.yaml", x.of)
	if err != nil {
		return err
	}
	others := 0
	for _, purpose := range posada.Members[posada.Purpose]() {
		if purpose == posada.PurposeFamilyTracing {
			continue
		}
		other := in
		other.Purpose = string(purpose)
		if _, _, err := x.refusal(ctx, other, posada.CategoryIdentity, "G3.purpose"); err != nil {
			return fmt.Errorf("%s: %w", purpose, err)
		}
		others++
	}
	p := x.c.Printer
	x.told.fact(p.Text("story.b.other_purposes", "count", others), p.Text("rule.G3.purpose"))
	in.Records[0].Fields["vic_TypeOfExploitation"] = "ForcedLabour"
	return x.refusedFor(ctx, in, posada.CategoryExploitationType, "N1")
}
