package story

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/posada"
)

// referralSteps are one referral, and those who should not have it.
func referralSteps(s *Story) []step {
	return []step{
		{"story.network", s.network},
		{"story.listening", s.listening},
		{"story.consent", s.recordConsent},
		{"story.preview", s.previewIt},
		{"story.send", s.sendIt},
		{"story.open", s.openIt},
		{"story.accept", s.acceptIt},
		{"story.uncovered", s.uncovered},
		{"story.excluded", s.excluded},
		{"story.police", s.toThePolice},
		{"story.replay", s.replay},
		{"story.forward", s.forward},
		{"story.heard", s.heard},
		{"story.seized", s.seized},
		{"story.withdrawn", s.withdrawn},
	}
}

func (s *Story) read(name string) ([]byte, error) { return fs.ReadFile(s.c.Files, name) }

// records records a consent that is in a file, at the agency it was said to; changes are what
// of it is said otherwise.
func (s *Story) records(ctx context.Context, file, label string, changes ...func(*client.NewConsent)) (client.Consent, error) {
	text, err := s.read(file)
	if err != nil {
		return client.Consent{}, err
	}
	in, form, err := client.ReadConsent(text)
	if err != nil {
		return client.Consent{}, err
	}
	signed, err := s.read(form)
	if err != nil {
		return client.Consent{}, err
	}
	in.Case, in.Form = label, client.HashForm(signed)
	for _, change := range changes {
		change(&in)
	}
	return s.asks[ngo].AddConsent(ctx, in)
}

// recordConsent records the consent, in a case that it opens.
func (s *Story) recordConsent(ctx context.Context) (err error) {
	if s.consent, err = s.records(ctx, "consent.yaml", ""); err != nil {
		return err
	}
	for _, a := range s.consent.Allow {
		s.told.fact(a.To.Name, s.c.Printer.Term("purpose", string(a.Purpose))+": "+i18n.Terms(s.c.Printer, "category", a.Share))
	}
	for _, a := range s.consent.Exclude {
		s.told.fact(a.Name, s.c.Printer.Text("story.excluded_word"))
	}
	s.told.fact(s.consent.Case, s.c.Printer.Text("story.case_word"))
	return must(len(s.consent.Missing) == 0, "he was told %d things too few", len(s.consent.Missing))
}

// previewIt shows exactly what would be shared.
func (s *Story) previewIt(ctx context.Context) (err error) {
	text, err := s.read("referral.yaml")
	if err != nil {
		return err
	}
	if s.draft, err = client.ReadReferral(text); err != nil {
		return err
	}
	s.draft.Case = s.consent.Case
	if s.preview, err = s.asks[ngo].Preview(ctx, s.draft); err != nil {
		return err
	}
	for _, f := range s.preview.Carried {
		s.told.fact(s.c.Printer.Field(f.Place, f.Value))
	}
	return must(s.preview.Digest != "" && s.tap.count() == 0, "the preview is not ready, or something left: %d", s.tap.count())
}

// sendIt sends what was shown and waits for the recipient's signed receipt.
func (s *Story) sendIt(ctx context.Context) (err error) {
	if s.referral, err = s.asks[ngo].Send(ctx, client.NewSend{Digest: s.preview.Digest}); err != nil {
		return err
	}
	err = eventually(ctx, func() (bool, error) {
		s.referral, err = s.asks[ngo].Referral(ctx, s.referral.ID)
		return !s.referral.Delivered.IsZero(), err
	})
	sizes := s.tap.sizes()
	s.told.fact(s.c.Printer.Text("story.wire"), fmt.Sprint(sizes))
	return errors.Join(err, must(len(sizes) > 0, "nothing was sent"))
}

// openIt is the lawyer's inbox: what arrived is what was previewed.
func (s *Story) openIt(ctx context.Context) error {
	list, err := s.asks[legal].Referrals(ctx)
	if err != nil {
		return err
	}
	if err := must(len(list) == 1 && list[0].ID == s.referral.ID, "%d referrals arrived", len(list)); err != nil {
		return err
	}
	first, err := s.asks[legal].Referral(ctx, s.referral.ID)
	if err != nil {
		return err
	}
	for _, f := range first.Carried {
		if f.Category == posada.CategoryIdentity {
			return must(false, "who he is was shown before it was anybody's work")
		}
	}
	if _, err := s.asks[legal].Mark(ctx, s.referral.ID, client.NewMark{State: string(posada.StateAcknowledged)}); err != nil {
		return err
	}
	got, err := s.asks[legal].Referral(ctx, s.referral.ID)
	if err != nil {
		return err
	}
	same := len(got.Carried) == len(s.preview.Carried)
	for i := range got.Carried {
		same = same && got.Carried[i] == s.preview.Carried[i]
	}
	s.told.fact(s.c.Printer.Text("story.alias"), posada.Brief(got.Alias))
	s.told.fact(s.c.Printer.Text("story.first_look"), fmt.Sprint(len(first.Carried)))
	s.told.fact(s.c.Printer.Text("story.fields"), fmt.Sprint(len(got.Carried)))
	return must(same && *got.Obligations == *s.preview.Obligations, "what arrived is not what was previewed")
}

// acceptIt accepts, and the loop closes at the agency he spoke with.
func (s *Story) acceptIt(ctx context.Context) error {
	if _, err := s.asks[legal].Mark(ctx, s.referral.ID, client.NewMark{State: string(posada.StateAccepted)}); err != nil {
		return err
	}
	return eventually(ctx, func() (bool, error) {
		got, err := s.asks[ngo].Referral(ctx, s.referral.ID)
		if err == nil && got.State == posada.StateAccepted {
			for _, m := range got.Marks {
				s.told.fact(s.c.Printer.Text("by."+keyOf(m.By)), s.c.Printer.Term("state", string(m.State)))
			}
			return true, nil
		}
		return false, err
	})
}

// uncovered asks for one field more than he consented to.
func (s *Story) uncovered(ctx context.Context) error {
	text, err := s.read("referral-with-status.yaml")
	if err != nil {
		return err
	}
	in, err := client.ReadReferral(text)
	if err != nil {
		return err
	}
	in.Case = s.consent.Case
	return s.refused(ctx, in, posada.CategoryImmigrationStatus)
}

// excluded asks for a shelter he excluded, though it has a bed.
func (s *Story) excluded(ctx context.Context) error {
	in := s.draft
	in.To, in.Purpose, in.Services = s.name(barred), "shelter", []string{"shelter_emergency"}
	return s.refused(ctx, in, posada.CategoryNeeds)
}

// toThePolice asks for what an officer asked the caseworker on the phone.
func (s *Story) toThePolice(ctx context.Context) error {
	in := s.draft
	in.To = s.name(police)
	return s.refused(ctx, in, posada.CategoryIdentity)
}

// refused previews a draft that must be refused, names what it lacks, and sees
// that not a byte left.
func (s *Story) refused(ctx context.Context, in client.NewPreview, category posada.Category) error {
	return s.refusedFor(ctx, in, category, "")
}

// refusedFor is refused, where a condition is among what is lacking; an empty one is any.
func (s *Story) refusedFor(ctx context.Context, in client.NewPreview, category posada.Category, lacks posada.Condition) error {
	place, lacks, err := s.refusal(ctx, in, category, lacks)
	if err == nil {
		place, _ = s.c.Printer.Field(place, "")
		s.told.fact(place, s.c.Printer.Text("rule."+keyOf(lacks)))
	}
	return err
}

// refusal sees a draft refused before a byte left, and says of a category where in the draft
// it is, and what it lacks.
func (s *Story) refusal(ctx context.Context, in client.NewPreview, category posada.Category, lacks posada.Condition) (string, posada.Condition, error) {
	// What the node still owes others, receipts among it, goes first.
	err := eventually(ctx, func() (bool, error) {
		status, err := s.asks[ngo].Status(ctx)
		return status.Waiting+status.AtHub == 0, err
	})
	if err != nil {
		return "", "", err
	}
	before := s.tap.count()
	p, err := s.asks[ngo].Preview(ctx, in)
	if err != nil {
		return "", "", err
	}
	left := s.tap.count() - before
	i := slices.IndexFunc(p.Uncovered, func(u client.Uncovered) bool {
		return u.Category == category && len(u.Lacks) > 0 && (lacks == "" || slices.Contains(u.Lacks, lacks))
	})
	if p.Digest != "" || i < 0 || left != 0 {
		return "", "", must(false, "it was not refused, or not by name, or %d envelopes left", left)
	}
	return p.Uncovered[i].Place, cmp.Or(lacks, p.Uncovered[i].Lacks[0]), nil
}

func (s *Story) name(key string) string {
	for _, a := range s.Town.Plan.Agencies {
		if a.Key == key {
			return a.Name
		}
	}
	return key
}

// seized looks through everything on the hub's disk, as somebody who seized it
// would, while a letter waits there: the stolen one, put under the police's
// address by another member, since nobody may write to itself. They hold it,
// sealed.
func (s *Story) seized(ctx context.Context) error {
	mine, err := s.readdressed(s.Town.Members[police].Mailbox)
	if err != nil {
		return err
	}
	if err := s.tap.Hub.Submit(ctx, mine); err != nil {
		return err
	}
	held, err := s.spy.ask(ctx, broker.CollectPrefix, mail.WriteAcknowledged(nil))
	if err != nil {
		return err
	}
	var secrets [][]byte
	for _, f := range s.preview.Carried {
		if len(f.Value) > 4 {
			secrets = append(secrets, []byte(f.Value))
		}
	}
	for _, a := range s.Town.Plan.Agencies {
		secrets = append(secrets, []byte(a.Name))
	}
	files, size, found, err := search(filepath.Join(s.Town.Dir, "hub", "mail"), secrets)
	s.told.fact(s.c.Printer.Text("story.waiting"), fmt.Sprint(len(held)))
	s.told.fact(s.c.Printer.Text("story.searched"), s.c.Printer.Text("story.searched_what", "files", files, "kib", size/1024, "texts", len(secrets)))
	return errors.Join(err, must(bytes.Contains(held, mine.Bytes()) && found == 0 && size > len(held),
		"%d texts were found in %d bytes of the hub's disk", found, size))
}
