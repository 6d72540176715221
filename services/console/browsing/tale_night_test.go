package browsing

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestNobodyTakesMenInPages is story A: a place is looked for tonight without a word of who he is; whom the question
// does not fit is never shown it; he refuses a cot, and why stays where he said it; a room is found, a clinic and a
// worker centre are told what is theirs to know, and nobody his immigration status. The next man nobody takes: that
// is an end too, and is counted. The police see nothing. Its pieces are
// played by other tests; in one piece it is with -closely, in English without a script and in Spanish with one.
func TestNobodyTakesMenInPages(t *testing.T) {
	for _, how := range inTales() {
		t.Run(how.String(), func(t *testing.T) {
			s := &night{tale: tell(t, "a", how)}
			s.places()
			b := s.at("girasol")
			s.ask(b)
			s.refuses(b)
			s.whyStays(b)
			s.voucher(b)
			b.toCase()
			s.told(b, "anacua", "health", posada.CategoryMedical, 7)
			s.told(b, "jornal", "wages", posada.CategoryWageEvidence, 30)
			s.nobody(b)
			s.neverHears("condado", map[string]i18n.Key{"/placements": "console.placements.none", "/referrals": "console.referrals.none_in"})
		})
	}
}

// night is that story.
type night struct {
	*tale
	need posada.NeedID
	why  string // what is never to leave Casa Girasol
}

// places: each says on its own pages whom it takes.
func (s *night) places() {
	for _, key := range []string{"luna", "mesquite", "puente"} {
		in := written(s.tale, "place-"+key+".yaml", client.ReadPlace)
		b := s.at(key)
		b.goesTo("/places")
		b.goes(`main a[href="/places/new"]`)
		b.fill("place", in.Place)
		b.fill("free", fmt.Sprint(*in.Free))
		b.fill("services", in.Services...)
		b.fill("genders", in.Genders...)
		b.fill("ages", in.Ages...)
		b.fill("with", in.With...)
		b.fill("exploitation", in.Exploitation...)
		b.fill("languages", in.Languages...)
		if in.Interpreters {
			b.tick(`[name=interpreters]`)
		}
		b.press(`form[action="/places/new"] button.main`)
		b.tells(in.Place)
	}
}

// looks types what is looked for, as the story's file has it, and goes on to what is read to him.
func (s *night) looks(b *tab) {
	s.t.Helper()
	in := written(s.tale, "need.yaml", client.ReadNeed)
	b.goesTo("/needs")
	b.goes(`main a[href="/needs/new"]`)
	for name, said := range map[string]string{"priority": in.Priority, "gender": in.Gender, "age": in.Age, "size": in.Size, "exploitation": in.Exploitation} {
		b.fill(name, said)
	}
	b.fill("services", in.Services...)
	b.fill("languages", in.Languages...)
	b.press(`form[action="/needs/new"] button.main`)
}

// ask: what is read to him is every word and every agency. Without his yes nothing is asked; with it, whoever takes
// women alone is shown nothing, and stands at Casa Girasol as everybody does who has not answered.
func (s *night) ask(b *tab) {
	s.t.Helper()
	s.looks(b)
	b.tells(s.says.Term("gender", "man"), s.says.Term("exploitation", "labour"), s.says.Text("console.need.no_name"))
	asked := read[[]string](b, `[...document.querySelectorAll('section[aria-labelledby=asks] li')].map(e => e.firstChild.textContent.trim())`)
	if slices.Sort(asked); !slices.Equal(asked, []string{s.name("luna"), s.name("puente"), s.name("mesquite")}) {
		s.t.Errorf("it would be asked of %q", asked)
	}
	b.unasked()
	if status := b.press(`form[action$="/post"] button.main`); status != http.StatusForbidden {
		s.t.Errorf("without a yes it is answered with %d", status)
	}
	if list, err := s.asks("girasol").Needs(s.t.Context()); err != nil || len(list) > 0 {
		s.t.Errorf("without a yes there are %d needs, %v", len(list), err)
	}
	s.need = s.posts(b)
	s.notShown("luna", s.need)
	s.waits(func() bool { // once each has signed for it
		b.goes(`.actions a[href="` + b.path() + `"]`)
		return strings.HasPrefix(s.stands(b, "luna"), s.says.Term("asked", string(posada.AskedWaiting)))
	})
}

// posts says that he said yes, and waits until the question is everywhere.
func (s *night) posts(b *tab) posada.NeedID {
	s.t.Helper()
	b.tick(`[name=permission]`)
	b.press(`form[action$="/post"] button.main`)
	id := posada.NeedID(strings.TrimPrefix(b.path(), "/needs/"))
	for _, key := range []string{"luna", "mesquite", "puente"} {
		s.waits(func() bool { _, err := s.asks(key).Placement(s.t.Context(), id); return err == nil })
	}
	return id
}

// notShown holds that whoever works at an agency is shown nothing that waits for an answer.
func (s *night) notShown(key string, id posada.NeedID) {
	s.t.Helper()
	l := s.at(key)
	l.goesTo("/placements")
	l.tells(s.says.Text("console.placements.none"))
	if l.there(`main a[href="/placements/` + string(id) + `"]`) {
		s.t.Errorf("%s is shown it", s.name(key))
	}
}

// stands is where an agency stands that was asked, on the page of the need.
func (s *night) stands(b *tab, key string) string {
	s.t.Helper()
	return read[string](b, `[...document.querySelectorAll('.each > div')].find(d => d.querySelector('dt').textContent.startsWith('`+s.name(key)+`'))?.querySelector('dd').textContent ?? ''`)
}

// opens has whoever works at an agency open what came.
func (s *night) opens(key string, id posada.NeedID) *tab {
	s.t.Helper()
	l := s.at(key)
	l.goesTo("/placements")
	l.press(`main a[href="/placements/` + string(id) + `"]`)
	return l
}

// again looks at a page again until it has what a selector finds.
func (s *night) again(b *tab, css string) {
	s.t.Helper()
	s.waits(func() bool {
		if b.there(css) {
			return true
		}
		b.goes(`.actions a[href="` + b.path() + `"]`)
		return b.there(css)
	})
}

// refuses: a cot is offered, and he says no; whoever offered it is told what everybody will be, and has nothing
// left of what was said.
func (s *night) refuses(b *tab) {
	s.t.Helper()
	s.why = s.says.Text("story.a.why")
	l := s.opens("mesquite", s.need)
	l.press(`form[action$="/offer"] button`)
	s.again(b, `main a[href*="/refuse/"]`)
	b.tells(s.name("mesquite"))
	b.goes(`main a[href*="/refuse/"]`)
	b.fill("why", s.why)
	b.press(`form[action*="/refuse/"] button`)
	s.closed(l)
}

// closed waits until whoever looks at what came is told that it is closed: of it nothing else is left.
func (s *night) closed(l *tab) {
	s.t.Helper()
	s.waits(func() bool {
		l.goes(`.actions a[href="` + l.path() + `"]`)
		return strings.Contains(l.text(".lead"), s.says.Term("placement", string(posada.PlacementClosed)))
	})
	if l.there(`section[aria-labelledby=told]`) {
		s.t.Errorf("it still has %s", l.text(`section[aria-labelledby=told]`))
	}
}

// whyStays: why he refused is on the page of whoever works with him, and on no page of anybody else's.
func (s *night) whyStays(b *tab) {
	s.t.Helper()
	if state := s.stands(b, "mesquite"); !strings.Contains(state, s.why) {
		s.t.Errorf("why is not where it should be found: %q", state)
	}
	for key, l := range s.sits {
		if key != "girasol" {
			s.everyPage(l, func(path, text string) {
				if strings.Contains(text, s.why) {
					s.t.Errorf("%s has at %s why he refused", s.name(key), path)
				}
			})
		}
	}
}

// voucher: the fund offers, he chooses, the room is held; who never saw the question is told what he was who offered
// and was refused. He is there, and it is counted.
func (s *night) voucher(b *tab) {
	s.t.Helper()
	l := s.opens("puente", s.need)
	l.press(`form[action$="/offer"] button`)
	s.again(b, `form[action$="/choose"] button`)
	b.press(`form[action$="/choose"] button`)
	s.again(b, `#next`)
	luna := s.at("luna")
	luna.goesTo("/placements")
	luna.goes(`main a[href="/placements/all"]`)
	luna.goes(`main a[href="/placements/` + string(s.need) + `"]`)
	s.closed(luna)
	s.again(l, `form[action$="/arrived"] button`)
	l.press(`form[action$="/arrived"] button`)
	s.waits(func() bool {
		b.goesTo("/needs")
		b.goes(`main a[href="/needs/` + string(s.need) + `"]`)
		return strings.Contains(b.text(".lead"), s.says.Term("need_state", string(posada.NeedFilled)))
	})
	s.counted(b, map[posada.NeedState]string{posada.NeedFilled: "1"})
	b.goesTo("/needs")
	b.goes(`main a[href="/needs/` + string(s.need) + `"]`)
}

// counted holds how needs ended, for each service, against how they should have.
func (s *night) counted(b *tab, want map[posada.NeedState]string) {
	s.t.Helper()
	b.goesTo("/needs")
	b.goes(`main a[href="/needs/counts"]`)
	got := map[string]string{}
	for _, row := range b.rows() {
		got[row[3]] = row[4]
	}
	for _, state := range []posada.NeedState{posada.NeedFilled, posada.NeedNoPlacementFound} {
		if ended := s.says.Term("need_state", string(state)); got[ended] != want[state] {
			s.t.Errorf("%s: %q, and not %q", ended, got[ended], want[state])
		}
	}
}

// told: with the place found, one agency may know one thing of him, for so many days, and nothing else; neither the
// consent nor the referral even asks for his immigration status.
func (s *night) told(b *tab, key, about string, may posada.Category, days int) {
	s.t.Helper()
	in := s.consent("consent-" + about + ".yaml")
	b.agrees(in)
	b.toCase()
	list, err := s.asks("girasol").Consents(s.t.Context())
	if err != nil || len(list) == 0 || (list[0].Expires.Sub(list[0].Given)-time.Duration(days)*24*time.Hour).Abs() > time.Hour {
		s.t.Errorf("it lasts otherwise than %d days: %+v, %v", days, list, err)
	}
	s.previews(b, s.referral("referral-"+about+".yaml"))
	b.goes(`.actions a.button`)
	if b.there(`[name="survivor.psd_ImmigrationStatus"]`) {
		s.t.Error("the page asks for what nobody gets")
	}
	b.press(`form[action*="/refer/"] button.main`)
	var kinds []posada.Category
	for _, c := range in.Allow[0].Share {
		kinds = append(kinds, posada.Category(c))
	}
	l := s.sends(b, key, kinds...)
	l.tells(s.says.Term("category", string(may)))
	b.toCase()
}

// nobody: another man. The room is gone, nobody offers, and that it came to nothing is an end that counts.
func (s *night) nobody(b *tab) {
	s.t.Helper()
	s.looks(b)
	id := s.posts(b)
	l := s.opens("mesquite", id)
	l.goes(`main a[href$="/decline"]`)
	l.fill("reason", string(posada.DeclineLackOfCapacity))
	l.press(`form[action$="/decline"] button`)
	s.notShown("luna", id)
	s.notShown("puente", id)
	s.waits(func() bool {
		b.goes(`.actions a[href="/needs/` + string(id) + `"]`)
		return strings.Contains(s.stands(b, "mesquite"), s.says.Term("reason", string(posada.DeclineLackOfCapacity)))
	})
	b.goes(`main a[href$="/end"]`)
	b.fill("how", string(posada.NeedNoPlacementFound))
	b.press(`form[action$="/end"] button.main`)
	b.tells(s.says.Term("need_state", string(posada.NeedNoPlacementFound)))
	s.counted(b, map[posada.NeedState]string{posada.NeedFilled: "1", posada.NeedNoPlacementFound: "1"})
}
