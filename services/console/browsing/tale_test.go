package browsing

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/deploy/demo"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town"
	"github.com/posada-exchange/posada/services/town/processes"
)

// tale is one of the demo's stories, played by the people of its town at their pages. What they say stands in
// the demo's files; where they go is where a page that they have before them leads.
type tale struct {
	*town.Town
	t     *testing.T
	files fs.FS
	how   ways
	says  i18n.Printer
	sits  map[string]*tab // whoever works at an agency
}

// tell begins a story of the demo's: its town, and nobody signed in yet.
func tell(t *testing.T, folder string, how ways) *tale {
	t.Helper()
	files, err := fs.Sub(demo.Files, folder)
	if err != nil {
		t.Fatal(err)
	}
	s := &tale{t: t, files: files, how: how, says: i18n.For(i18n.Language(how.language)), sits: map[string]*tab{}}
	plan := written(s, "town.yaml", func(text []byte) (p town.Plan, err error) {
		return p, config.Document(strings.NewReader(string(text)), &p)
	})
	plan.Console, plan.Stretch = true, processes.Unstretched
	s.starts(plan)
	for _, a := range plan.Agencies {
		s.waits(func() bool {
			list, err := s.asks(a.Key).Agencies(t.Context())
			return err == nil && len(list) == len(plan.Agencies)
		})
	}
	return s
}

// starts runs a town until the test ends.
func (s *tale) starts(plan town.Plan) {
	s.t.Helper()
	laid, err := town.Lay(s.t.TempDir(), plan, time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	if s.Town, err = town.Start(s.t.Context(), laid, town.Options{Poll: time.Second}); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			s.t.Error(err)
		}
	})
}

// patience is how long people in a story wait for what crosses from one agency to another: on a machine that has
// much else to do, long.
const patience = 10 * time.Minute

// waits waits until is says yes.
func (s *tale) waits(is func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("something did not happen within %s", patience)
		}
	}
}

// written is one of the story's files.
func written[T any](s *tale, name string, reads func([]byte) (T, error)) (out T) {
	s.t.Helper()
	text, err := fs.ReadFile(s.files, name)
	if err == nil {
		out, err = reads(text)
	}
	if err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
	return out
}

// consent is what one of the story's files has somebody agree to.
func (s *tale) consent(name string) client.NewConsent {
	s.t.Helper()
	return written(s, name, func(text []byte) (client.NewConsent, error) {
		in, _, err := client.ReadConsent(text)
		return in, err
	})
}

// referral is what one of the story's files has somebody be sent.
func (s *tale) referral(name string) client.NewPreview {
	s.t.Helper()
	return written(s, name, client.ReadReferral)
}

// asks is an agency's node, asked beside its pages: only to wait, and to see that it has what they say.
func (s *tale) asks(key string) *client.Client {
	s.t.Helper()
	node, err := s.Client(key, s.how.language)
	if err != nil {
		s.t.Fatal(err)
	}
	return node
}

func (s *tale) name(key string) string {
	i := slices.IndexFunc(s.Plan.Agencies, func(a town.Agency) bool { return a.Key == key })
	return s.Plan.Agencies[i].Name
}

// at is whoever works at an agency, signed in.
func (s *tale) at(key string) *tab {
	s.t.Helper()
	b := s.sits[key]
	if b == nil {
		token, err := s.Token(key)
		if err != nil {
			s.t.Fatal(err)
		}
		b = open(s.t, s.Console(key))
		b.look(s.how)
		b.signIn(token)
		b.strict, s.sits[key] = *closely || *all, b
	}
	return b
}

// goesTo goes to a page of the menu.
func (b *tab) goesTo(path string) {
	b.t.Helper()
	b.goes(`.menu a[href="` + path + `"]`)
}

// tells fails the test where the page does not say something.
func (b *tab) tells(wants ...string) {
	b.t.Helper()
	text := b.whole()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			b.t.Errorf("%s does not say %q: %s", b.path(), want, text)
		}
	}
}

// whole is all that a page says, what unfolds too.
func (b *tab) whole() string {
	b.t.Helper()
	return read[string](b, `document.querySelector("main").textContent`)
}

// there reports whether a page has something that a selector finds.
func (b *tab) there(css string) bool {
	b.t.Helper()
	return read[bool](b, fmt.Sprintf(`!!document.querySelector(%q)`, css))
}

// fill says something in a field, of whatever kind it is: of boxes these are ticked and no others. What the
// page does not offer cannot be said.
func (b *tab) fill(name string, values ...string) {
	b.t.Helper()
	want, err := json.Marshal(values)
	if err != nil {
		b.t.Fatal(err)
	}
	wrong := read[string](b, fmt.Sprintf(`((name, want) => {
		const found = [...document.getElementsByName(name)], left = new Set(want)
		if (!found.length) return 'there is no such field'
		for (const e of found) {
			if (e.type !== 'checkbox' && e.type !== 'radio') { e.value = want[0] ?? ''; left.delete(e.value); continue }
			if (e.checked !== left.has(e.value) && (e.type === 'checkbox' || !e.checked)) e.click()
			left.delete(e.value)
		}
		return left.size ? 'it does not take ' + [...left] : ''
	})(%q, %s ?? [])`, name, want))
	if wrong != "" {
		b.t.Fatalf("%s, %s on %q: %s", name, want, b.heading(), wrong)
	}
}

// pick chooses whatever is called so.
func (b *tab) pick(name, called string) {
	b.t.Helper()
	value := read[string](b, fmt.Sprintf(`[...document.querySelector('main [name=%q]').options].find(o => o.text.startsWith(%q))?.value ?? ''`, name, called))
	if value == "" {
		b.t.Fatalf("nobody is called %s on %q", called, b.heading())
	}
	b.fill(name, value)
}

// opensCase opens a case and gives what it is called.
func (b *tab) opensCase() string {
	b.t.Helper()
	b.goesTo("/cases")
	b.press(`form[action="/cases"] button`)
	words := strings.Fields(b.heading())
	return words[len(words)-1]
}

// agrees talks through, from a case's page, what somebody agrees to, and records it; it is on the record's page then.
func (b *tab) agrees(in client.NewConsent) {
	b.t.Helper()
	b.press(`main .actions a[href$="/consent"]`)
	b.converse("tale", map[string]func(){
		"before": func() { b.fill("language", in.Language); b.fill("age_band", in.AgeBand) },
		"who":    func() { b.whom(in) },
		"what":   func() { b.what(in) },
		"how": func() {
			b.fill("given_by", in.GivenBy)
			b.fill("co_signed", in.CoSigned...)
			b.fill("method", in.Method)
			b.tick(`[name=condition]`)
			for name, said := range map[string]string{"jurisdiction": in.Jurisdiction, "assent": in.Assent, "conflict": in.Conflict} {
				if said != "" {
					b.fill(name, said)
				}
			}
		},
	})
}

// whom says who may have something, and for what.
func (b *tab) whom(in client.NewConsent) {
	b.t.Helper()
	for range in.Allow[1:] {
		b.press(`button[value=more]`)
	}
	for i, a := range in.Allow {
		b.pick(fmt.Sprintf("to-%d", i), a.To)
		b.fill(fmt.Sprintf("purpose-%d", i), a.Purpose)
	}
	b.fill("services", in.Services...)
}

// what says what each of them may have, how often, and for how long.
func (b *tab) what(in client.NewConsent) {
	b.t.Helper()
	for i, a := range in.Allow {
		b.fill(fmt.Sprintf("share-%d", i), a.Share...)
		if use := fmt.Sprintf("use-%d", i); b.there(`[name=` + use + `]`) {
			b.fill(use, "often")
		}
	}
	b.fill("days", fmt.Sprint(in.Days))
}

// toCase goes from what was recorded or sent to its case.
func (b *tab) toCase() {
	b.t.Helper()
	b.goes(`main a[href="` + read[string](b, `[...document.querySelectorAll('main a')].map(a => a.getAttribute('href')).find(h => /^\/cases\/[^/]+$/.test(h)) ?? ''`) + `"]`)
}

// chooses gives where one goes on with an agency and a purpose, on the page that asks to whom; empty where the
// page does not let one. It says what the page says of them.
func (s *tale) chooses(b *tab, to, purpose string) (link, text string) {
	b.t.Helper()
	found := read[[]string](b, fmt.Sprintf(`(c => c ? [c.querySelector('a.main')?.getAttribute('href') ?? '', c.textContent] : [])(
		[...document.querySelectorAll('.choice')].find(c => c.querySelector('h2').innerText === %q && c.textContent.includes(%q)))`,
		to, s.says.Term("purpose", purpose)))
	if len(found) == 0 {
		return "", ""
	}
	return found[0], found[1]
}

// previews goes from a case's page to what would be sent, as one of the story's files has it.
func (s *tale) previews(b *tab, in client.NewPreview) {
	b.t.Helper()
	b.press(`main .actions a[href$="/refer"]`)
	link, text := s.chooses(b, in.To, in.Purpose)
	if link == "" {
		b.t.Fatalf("nothing can be sent to %s for %s: %s", in.To, in.Purpose, text)
	}
	b.press(`a[href="` + link + `"]`)
	b.fill("services", in.Services...)
	b.fill("priority", in.Priority)
	for _, r := range in.Records {
		for name, value := range r.Fields {
			b.fill(r.Role+"."+name, value)
		}
	}
	b.press(`form[action*="/refer/"] button.main`)
}

// rows are what a page shows as carried: the field, what it says, and of what kind it is.
func (b *tab) rows() [][]string {
	b.t.Helper()
	return read[[][]string](b, `[...(document.querySelector('main table:not(.not)')?.querySelectorAll('tbody tr') ?? [])].map(r => [...r.children].map(c => c.innerText.trim()))`)
}

// sends sends what is previewed, and somebody there takes it on: they read what was previewed, and nothing but
// these kinds of things. It is at the page of what was sent then, and they at theirs.
func (s *tale) sends(b *tab, key string, may ...posada.Category) *tab {
	b.t.Helper()
	previewed := b.rows()
	b.press(`form[action$="/send"] button`)
	l := s.comes(key, b.path())
	l.press(`form[action$="/marks/acknowledged"] button`)
	kinds := map[string]bool{s.says.Text("console.field.not_about"): true}
	for _, c := range may {
		kinds[s.says.Term("category", string(c))] = true
	}
	came, read := l.rows(), map[string]bool{}
	for i, row := range came {
		if read[row[2]] = true; !kinds[row[2]] || i >= len(previewed) || !slices.Equal(row, previewed[i]) {
			l.t.Errorf("%s reads %q", s.name(key), row)
		}
	}
	if len(came) != len(previewed) || len(came) == 0 || len(read) < len(may) {
		l.t.Errorf("%q was previewed, and %s reads %q", previewed, s.name(key), came)
	}
	return l
}

// comes has whoever works at an agency look until something has come, and open it.
func (s *tale) comes(key, path string) *tab {
	s.t.Helper()
	l, link := s.at(key), `main a[href="`+path+`"]`
	s.waits(func() bool {
		l.goesTo("/referrals")
		return l.there(link)
	})
	l.press(link)
	return l
}

// everyPage goes to every page of somebody's menu, with what stands on it.
func (s *tale) everyPage(b *tab, look func(path, text string)) (count int) {
	s.t.Helper()
	for _, path := range read[[]string](b, `[...document.querySelectorAll('.menu li:not(.open):not(.shut) a')].map(a => a.getAttribute('href'))`) {
		b.goesTo(path)
		look(path, read[string](b, `document.body.textContent`))
		count++
	}
	return count
}

// neverHears: a body to be feared was on line all the while, and whoever works there looks at every page they have.
// Nothing came, and no other agency has a name.
func (s *tale) neverHears(key string, empty map[string]i18n.Key) {
	s.t.Helper()
	b := s.at(key)
	looked := s.everyPage(b, func(path, text string) {
		for _, a := range s.Plan.Agencies {
			if strings.Contains(text, a.Name) && a.Key != key {
				s.t.Errorf("%s names %s", path, a.Name)
			}
		}
		if nothing := empty[path]; nothing != "" {
			b.tells(s.says.Text(nothing))
			delete(empty, path)
		}
	})
	if looked < 4 || len(empty) > 0 {
		s.t.Errorf("they have %d pages, and not %v", looked, empty)
	}
}
