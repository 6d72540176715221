package browsing

import (
	"slices"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestASixteenYearOldIsHeardInPages is story B, from the first case to the last page of who must hear nothing: a
// sponsor's signature counts for nothing, alone and with her yes where he was looked into; she agrees to a lawyer
// alone where the law lets her, and to more with a child advocate beside her; an NGO abroad may look for her family
// and nothing else; the school reads not one word of what happened; prosecutors are let in by nobody. In English
// without a script; with -closely in Spanish too, on a phone and with one, and closely.
func TestASixteenYearOldIsHeardInPages(t *testing.T) {
	for _, how := range inTales(ways{language: "en", width: 1280}) {
		t.Run(how.String(), func(t *testing.T) {
			s := &sixteen{tell(t, "b", how)}
			b := s.at("girasol")
			b.opensCase()
			s.sponsor(b)
			s.alone(b)
			s.signsToo(b)
			s.family(b)
			s.school(b)
			s.letIn()
			s.inTheFlesh(b)
			s.neverHears("fiscalia", map[string]i18n.Key{"/referrals": "console.referrals.none_in"})
		})
	}
}

// inTales is how a story is played: in the short run as it is said here, else in either language, without a script
// and with one.
func inTales(short ...ways) []ways {
	if *closely || *all {
		return []ways{{language: "en", width: 1280}, {language: "es", width: 320, dark: true, script: true}}
	}
	return short
}

// sixteen is that story.
type sixteen struct{ *tale }

// refused records what one of the story's files has, said otherwise in something: it is kept, the page says why it
// counts for nothing, and nothing can be sent under it. It is at the case's page before and after.
func (s *sixteen) refused(b *tab, in client.NewConsent, why i18n.Key) {
	s.t.Helper()
	b.agrees(in)
	b.tells(s.says.Text("console.consent.not_valid"), s.says.Text(why))
	b.toCase()
	at := b.path()
	if !b.there(`main .actions a[href$="/refer"]`) { // there is nothing at all that anybody may be sent
		return
	}
	b.press(`main .actions a[href$="/refer"]`)
	a := in.Allow[len(in.Allow)-1]
	if link, text := s.chooses(b, a.To, a.Purpose); link != "" || !strings.Contains(text, s.says.Text("console.refer.not_valid")) {
		s.t.Errorf("to %s for %s: %q, %s", a.To, a.Purpose, link, text)
	}
	b.goes(`main a[href="` + at + `"]`)
}

// sponsor: what he signed counts for nothing, alone, and with her yes where somebody found who he is.
func (s *sixteen) sponsor(b *tab) {
	in := s.consent("consent-sponsor.yaml")
	s.refused(b, in, "console.rule.G5")
	in.Assent, in.Conflict = string(posada.AssentGiven), string(posada.ConflictFound)
	s.refused(b, in, "console.rule.G5")
	if b.there(`main .actions a[href$="/refer"]`) {
		s.t.Error("something may be sent on a sponsor's word")
	}
}

// alone: her own signature is enough for a lawyer where the law of the place says so, and only there.
func (s *sixteen) alone(b *tab) {
	in := s.consent("consent-legal.yaml")
	in.CoSigned, in.Jurisdiction = nil, string(posada.JurisdictionMexico)
	s.refused(b, in, "console.rule.G5.law")
	in.Jurisdiction = string(posada.JurisdictionTexas)
	b.agrees(in)
	b.tells(s.says.Term("given_by", in.GivenBy))
	b.toCase()
	s.previews(b, s.referral("referral-legal.yaml"))
	s.sends(b, "frontera", posada.CategoryNeeds, posada.CategorySafeContact, posada.CategoryIdentity)
	b.toCase()
}

// signsToo: what is told of a minor as such takes a second signature.
func (s *sixteen) signsToo(b *tab) {
	in := s.referral("referral-advocate.yaml")
	s.previews(b, in)
	s.uncovered(b, "rule.N2")
	b.goes(`.actions a.button`)
	b.toCase()
	b.agrees(s.consent("consent-legal.yaml"))
	b.toCase()
	s.previews(b, in)
	s.sends(b, "tecolote", posada.CategoryNeeds, posada.CategorySafeContact, posada.CategoryMinorDetails)
	b.toCase()
}

// uncovered holds that what is previewed cannot be sent, and that the page says why.
func (s *sixteen) uncovered(b *tab, why i18n.Key) {
	s.t.Helper()
	b.tells(s.says.Text("console.preview.not_so"), s.says.Text(why))
	if b.there(`form[action$="/send"]`) {
		s.t.Error("it can be sent")
	}
}

// family: to be looked for is nothing she can agree to alone. Her mother agrees with her; who looks for them may
// have what that takes, for that and for nothing else, and the page does not even ask for the rest.
func (s *sixteen) family(b *tab) {
	in := s.consent("consent-family.yaml")
	alone := in
	alone.GivenBy, alone.Assent, alone.Conflict = string(posada.GivenByMinorAlone), "", ""
	alone.Jurisdiction, alone.CoSigned = string(posada.JurisdictionTexas), []string{string(posada.CoSignerChildAdvocate)}
	s.refused(b, alone, "console.rule.G5.law")
	b.agrees(in)
	b.toCase()
	at, draft := b.path(), s.referral("referral-family.yaml")
	b.press(`main .actions a[href$="/refer"]`)
	if _, text := s.chooses(b, draft.To, string(posada.PurposeFamilyTracing)); text == "" {
		s.t.Error("she may not be looked for")
	}
	for _, purpose := range posada.Members[posada.Purpose]() {
		if link, _ := s.chooses(b, draft.To, string(purpose)); link != "" && purpose != posada.PurposeFamilyTracing {
			s.t.Errorf("%s may have something for %s, too", draft.To, purpose)
		}
	}
	b.goes(`main a[href="` + at + `"]`)
	s.previews(b, draft)
	b.goes(`.actions a.button`)
	for _, field := range []string{"survivor.vic_TypeOfExploitation", "survivor.psd_ExploitationNarrative", "survivor.psd_ImmigrationStatus"} {
		if b.there(`[name="` + field + `"]`) {
			s.t.Errorf("%s is asked for", field)
		}
	}
	b.press(`form[action*="/refer/"] button.main`)
	l := s.sends(b, "orilla", posada.CategoryNeeds, posada.CategorySafeContact, posada.CategoryIdentity, posada.CategoryHousehold)
	l.tells(s.says.Term("purpose", string(posada.PurposeFamilyTracing)))
	b.toCase()
}

// school: she may agree to that alone only if somebody signs too; who is at the school reads what a school needs.
func (s *sixteen) school(b *tab) {
	in := s.consent("consent-school.yaml")
	alone := in
	alone.CoSigned = nil
	s.refused(b, alone, "console.rule.G5.law")
	b.agrees(in)
	b.toCase()
	draft := s.referral("referral-school.yaml")
	s.previews(b, draft)
	l := s.sends(b, "nopal", posada.CategoryNeeds, posada.CategorySafeContact)
	words := written(s.tale, "words.txt", func(text []byte) (words []string, err error) {
		for line := range strings.Lines(string(text)) {
			if w := strings.TrimSpace(line); w != "" && !strings.HasPrefix(w, "#") {
				words = append(words, w)
			}
		}
		return words, nil
	})
	l.tells(s.says.Term("purpose", draft.Purpose), draft.Records[0].Fields["psd_Priorities"])
	s.unsaid(l, words)
	for _, path := range []string{"/referrals", "/"} {
		if path == "/" {
			l.goes(`.mark a`)
		} else {
			l.goesTo(path)
		}
		s.unsaid(l, words)
	}
	b.toCase()
}

// unsaid holds that no word of a list stands anywhere on a page.
func (s *sixteen) unsaid(l *tab, words []string) {
	s.t.Helper()
	text := strings.ToLower(read[string](l, `document.body.textContent`))
	if len(words) < 40 || len(text) < 200 {
		s.t.Fatalf("%d words were looked for in %q", len(words), text)
	}
	if i := slices.IndexFunc(words, func(w string) bool { return strings.Contains(text, w) }); i >= 0 {
		at := strings.Index(text, words[i])
		s.t.Errorf("the school reads %q at %s: …%s…", words[i], l.path(), text[max(0, at-60):min(len(text), at+60)])
	}
}
