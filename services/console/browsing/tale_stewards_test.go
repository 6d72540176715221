package browsing

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// letIn: a steward would let prosecutors have with no more than consent what the rules refuse them. The page that
// drafts has no such choice; what she writes elsewhere is refused with a case in which it would break a rule, and
// neither the draft nor what runs has changed.
func (s *sixteen) letIn() {
	s.t.Helper()
	b, node := s.at("coalicion"), s.asks("coalicion")
	before, err := node.Network(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	b.goesTo("/rules")
	s.schools(b)
	b.goes(`main a[href^="/rules/draft/"]`)
	b.press(`button[name=go][value=prosecution_support]`)
	const cell = `select[name="cell/prosecution/identity"]`
	if !b.there(cell) {
		b.fill("add", string(posada.ClassProsecution))
		b.press(`button[name=go][value=add]`)
	}
	if offered := read[[]string](b, `[...document.querySelector('`+cell+`').options].map(o => o.value)`); slices.Contains(offered, string(posada.ModeConsent)) || len(offered) == 0 {
		s.t.Errorf("the page offers %q", offered)
	}
	b.press(`button[name=go][value=changes]`)
	b.tells(s.says.Text("console.rules.same"))
	file := regexp.MustCompile(`policy-[0-9]+\.json`).FindString(b.text(`form[action="/rules/download"]`))
	text := s.proposed(b.downloaded(file))
	b.goesTo("/rules")
	b.goes(`main a[href="/rules/file"]`)
	b.fill("table", text)
	if status := b.press(`form[action="/rules/file"] button`); status != http.StatusUnprocessableEntity {
		s.t.Errorf("it is answered with %d", status)
	}
	b.tells(s.says.Text("console.rules.counterexample"), s.says.Text("console.rules.refused_kept"))
	for _, want := range []string{s.says.Term("class", "prosecution"), s.says.Term("purpose", "prosecution_support"), s.says.Text("rule.G1")} {
		if lead := b.text("main p.lead"); !strings.Contains(lead, want) {
			s.t.Errorf("the counterexample does not say %q: %s", want, lead)
		}
	}
	b.goesTo("/rules")
	b.goes(`main a[href="/rules/changes"]`)
	b.tells(s.says.Text("console.rules.same"))
	b.goesTo("/status")
	b.goes(`main a[href="/network"]`)
	b.tells(s.says.Text("console.network.comes_none"))
	if after, err := node.Network(s.t.Context()); err != nil || after.Policy != before.Policy || len(after.Waiting) > 0 {
		s.t.Errorf("number %d runs, and %d did: %+v, %v", after.Policy, before.Policy, after.Waiting, err)
	}
}

// schools: of a school the network's rules say one thing, and that is all it may have.
func (s *sixteen) schools(b *tab) {
	s.t.Helper()
	says := read[[]string](b, `[...([...document.querySelectorAll('main details')].find(d => d.querySelector('summary').textContent === '`+
		s.says.Term("class", string(posada.ClassSchool))+`')?.querySelectorAll('li') ?? [])].map(e => e.textContent)`)
	want := s.says.Text("matrix.says.consent", "classes", s.says.Term("class", string(posada.ClassSchool)), "purposes", s.says.Term("purpose", string(posada.PurposeEducation)),
		"categories", i18n.Terms(s.says, "category", []posada.Category{posada.CategoryNeeds, posada.CategorySafeContact}))
	if len(says) != 1 || says[0] != want {
		s.t.Errorf("of schools the page says %q, and not %q", says, want)
	}
}

// proposed is a table with what the steward of the story would have in it.
func (s *sixteen) proposed(table matrix.Table) string {
	s.t.Helper()
	type proposal struct {
		Policy matrix.Cells `yaml:"policy"`
	}
	would := written(s.tale, "proposal.yaml", func(text []byte) (p proposal, err error) {
		return p, config.Document(strings.NewReader(string(text)), &p)
	})
	text, err := table.With(table.Version, would.Policy).Write()
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// inTheFlesh tries the counterexample: there is nothing that she could agree to have them told, and so there is no
// consent that names them.
func (s *sixteen) inTheFlesh(b *tab) {
	s.t.Helper()
	in := s.consent("consent-family.yaml")
	in.Allow[0].To, in.Allow[0].Purpose = s.name("fiscalia"), string(posada.PurposeProsecutionSupport)
	before, err := s.asks("girasol").Consents(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	b.press(`main .actions a[href$="/consent"]`)
	b.press(onward)
	b.whom(in)
	b.press(onward)
	b.keep(b.how, "tale-prosecutors")
	b.tells(s.says.Text("console.talk.nothing_for", "agency", in.Allow[0].To, "purpose", s.says.Term("purpose", in.Allow[0].Purpose)))
	if status := b.press(onward); status != http.StatusUnprocessableEntity || b.value("step") != "what" || b.there(`[name^=share-]`) {
		s.t.Errorf("with nothing to agree to one goes on: %d, at %q", status, b.value("step"))
	}
	if after, err := s.asks("girasol").Consents(s.t.Context()); err != nil || len(after) != len(before) {
		s.t.Errorf("%d consents before, and %d after, %v", len(before), len(after), err)
	}
}
