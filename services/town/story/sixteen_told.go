package story

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/seal"
)

// letter is a referral as it came out of its envelope.
type letter struct {
	size  int    // of the envelope
	data  []byte // what is said of the person
	grant []byte // what says that it may be said, without its signature
	under consent.Grant
}

// gives sends a draft to an agency, somebody there takes it on, and what came out of the
// envelope is what was previewed, for the purpose, and nothing but those categories.
func (x *sixteen) gives(ctx context.Context, key string, in client.NewPreview, may ...posada.Category) (letter, error) {
	sent, preview, err := x.delivers(ctx, in)
	if err != nil {
		return letter{}, err
	}
	if err := x.takenOn(ctx, key, sent.ID); err != nil {
		return letter{}, err
	}
	got, err := x.asks[key].Referral(ctx, sent.ID)
	if err != nil {
		return letter{}, err
	}
	came, err := x.opens(key, sent.ID)
	if err != nil {
		return letter{}, err
	}
	x.told.fact(x.name(key), x.c.Printer.Term("purpose", string(came.under.Purpose)))
	for _, f := range got.Carried {
		if f.Category != "" && !slices.Contains(may, f.Category) {
			return letter{}, must(false, "%s came along", f.Place)
		}
		x.told.fact(x.c.Printer.Field(f.Place, f.Value))
	}
	return came, errors.Join(
		must(slices.Equal(got.Carried, preview.Carried) && string(came.data) == preview.Data, "what arrived is not what was previewed"),
		must(string(came.under.Purpose) == in.Purpose && posada.SetOf(may...).Covers(came.under.Categories), "it was granted %v for %s", came.under.Categories.List(), came.under.Purpose))
}

// opens opens what Casa Girasol sent an agency, with that agency's own keys.
func (x *sixteen) opens(key string, id posada.ReferralID) (letter, error) {
	own := x.keys[key]
	members, err := x.Town.Decided()
	if err != nil {
		return letter{}, err
	}
	for _, a := range x.Town.Announced {
		members = members.With(a)
	}
	for _, e := range x.tap.letters(own.Mailbox) {
		o, err := seal.Open(e, seal.Receiver{
			Agency: own.Agency, Mailbox: own.Mailbox, Members: members, Now: x.c.Now(),
			Identities: func(e posada.Epoch) (seal.Identity, bool) { i, ok := own.Identities[e]; return i, ok },
		})
		if err != nil {
			return letter{}, err
		}
		for _, s := range o.Statements() {
			if s.Type() == event.TypeReferral && s.Subject() == id {
				return x.apart(s, own.Agency, o.Sender(), len(e.Bytes()), members)
			}
		}
	}
	return letter{}, must(false, "no letter to %s has it", x.name(key))
}

// apart takes a statement apart.
func (x *sixteen) apart(s event.Statement, to, from posada.AgencyID, size int, members *roster.Roster) (letter, error) {
	l := letter{size: size, data: s.Data()}
	parts := strings.Split(s.Grant(), ".")
	if len(parts) != 3 {
		return l, must(false, "the grant has %d parts", len(parts))
	}
	var err, wrong error
	l.grant, err = base64.RawURLEncoding.DecodeString(parts[1])
	l.under, wrong = consent.ReadGrant(s.Grant(), from, to, x.c.Now(), members)
	return l, errors.Join(err, wrong)
}

// enrols: the law lets her agree to that alone only if somebody signs too.
func (x *sixteen) enrols(ctx context.Context) (err error) {
	if x.draft, err = x.drafted("referral-school.yaml", x.of); err != nil {
		return err
	}
	if _, err = x.records(ctx, "consent-school.yaml", x.of, func(in *client.NewConsent) { in.CoSigned = nil }); err != nil {
		return err
	}
	if _, _, err := x.refusal(ctx, x.draft, posada.CategoryNeeds, "G5.law"); err != nil {
		return err
	}
	p := x.c.Printer
	x.told.fact(p.Term("given_by", string(posada.GivenByMinorAlone)), p.Text("story.b.law_too"))
	if _, err = x.records(ctx, "consent-school.yaml", x.of); err != nil {
		return err
	}
	x.told.fact(p.Text("story.b.signs_too"), p.Term("class", string(posada.ClassChildAdvocate)))
	x.letter, err = x.gives(ctx, school, x.draft, posada.CategoryNeeds, posada.CategorySafeContact)
	return err
}

// shortest is how long a word must be that is looked for: a shorter one turns up by chance
// in identifiers and digests, which are random.
const shortest = 5

// words: no word of the list is in what the school opened, nor in what its node shows, nor
// the code of any category, purpose, service or kind of exploitation but those it was sent
// for.
func (x *sixteen) words(ctx context.Context) error {
	text, err := x.read("words.txt")
	if err != nil {
		return err
	}
	var words []string
	for line := range strings.Lines(string(text)) {
		if w := strings.TrimSpace(line); w != "" && !strings.HasPrefix(w, "#") {
			words = append(words, w)
		}
	}
	if i := slices.IndexFunc(words, func(w string) bool { return len(w) < shortest }); i >= 0 || len(words) < 40 {
		return must(false, "of %d words, number %d is too short to look for", len(words), i+1)
	}
	shown, err := x.everything(ctx, school)
	if err != nil {
		return err
	}
	codes := x.codes()
	for _, where := range [][]byte{x.letter.data, x.letter.grant, shown} {
		lower := bytes.ToLower(where)
		for _, w := range slices.Concat(words, codes) {
			if bytes.Contains(lower, []byte(w)) {
				return must(false, "the school reads %s", w)
			}
		}
	}
	p := x.c.Printer
	x.told.fact(p.Text("story.b.opened"), p.Text("story.b.opened_what", "bytes", len(x.letter.data)+len(x.letter.grant), "size", x.letter.size))
	x.told.fact(p.Text("story.b.page"), fmt.Sprint(len(shown)))
	x.told.fact(p.Text("story.b.looked", "words", len(words), "codes", len(codes)), "0")
	return must(len(x.letter.data) > 0 && len(x.letter.grant) > 0 && bytes.Contains(shown, []byte(x.draft.Records[0].Fields["psd_SafeContact"])), "there was nothing to look through")
}

// codes are the words of closed vocabularies that the school was not sent, as they stand in
// JSON.
func (x *sixteen) codes() []string {
	var all []string
	add := func(family []string, but ...string) {
		for _, w := range family {
			if !slices.Contains(but, w) {
				all = append(all, `"`+w+`"`)
			}
		}
	}
	add(posada.Texts(posada.Members[posada.Category]()), posada.Texts(x.letter.under.Categories.List())...)
	add(posada.Texts(posada.Members[posada.Purpose]()), x.draft.Purpose)
	add(posada.Texts(posada.Members[posada.ServiceType]()), x.draft.Services...)
	add(posada.Texts(posada.Members[posada.ExploitationKind]()))
	slices.Sort(all)
	return slices.Compact(all)
}

// more: somebody at the school asks what happened to her.
func (x *sixteen) more(ctx context.Context) error {
	for _, f := range []struct {
		field, value string
		category     posada.Category
		lacks        posada.Condition
	}{
		{"psd_ExploitationNarrative", "Invented, and nobody's business", posada.CategoryExploitationNarrative, "N1"},
		{"vic_TypeOfExploitation", "ForcedLabour", posada.CategoryExploitationType, "G3.category"},
		{"psd_ImmigrationStatus", "Invented, and nobody's business", posada.CategoryImmigrationStatus, "N1"},
	} {
		in, err := x.drafted("referral-school.yaml", x.of)
		if err != nil {
			return err
		}
		in.Records[0].Fields[f.field] = f.value
		if err := x.refusedFor(ctx, in, f.category, f.lacks); err != nil {
			return err
		}
	}
	return nil
}

// everything is all that an agency's node shows of referrals.
func (x *sixteen) everything(ctx context.Context, key string) ([]byte, error) {
	list, err := x.asks[key].Referrals(ctx)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	to := json.NewEncoder(&out)
	to.SetEscapeHTML(false)
	for _, r := range list {
		whole, err := x.asks[key].Referral(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		if err := to.Encode(whole); err != nil {
			return nil, err
		}
	}
	status, err := x.asks[key].Status(ctx)
	return out.Bytes(), errors.Join(err, to.Encode(list), to.Encode(status))
}
