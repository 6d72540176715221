package browsing

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/console"
)

// TestAPlaceIsFoundInPagesWithoutScript: an advocate asks from the first page; a volunteer on night duty
// offers on a phone, in two presses; the offer is chosen and held; what comes next leads to a consent for
// that agency; the volunteer says that the person is there, and the need is filled by itself.
func TestAPlaceIsFoundInPagesWithoutScript(t *testing.T) {
	w := in(t)
	ngo := w.as(posada.RoleAdvocate)
	b := open(t, w.Console("ngo"))
	b.look(ways{language: "en", width: 1280})
	b.signIn(w.advocate())
	b.strict = true
	b.visit("/")
	b.goes(`main a[href="/needs/new"]`)
	b.keep(b.how, "need-form")
	b.click(`[name=priority][value=tonight]`)
	b.put("gender", "man")
	b.put("age", "25-39")
	b.put("size", "1")
	b.press(`form[action="/needs/new"] button.main`)
	b.told("Read it aloud", "man", "25 to 39", "tonight", "Invented Shelter", "Nothing is said of")
	b.keep(b.how, "need-preview")
	b.put("note", hostile)
	b.tick(`[name=permission]`)
	b.press(`form[action$="/post"] button.main`)
	id := posada.NeedID(strings.TrimPrefix(b.path(), "/needs/"))
	b.told("Nobody has offered yet", "Minutes left")
	b.keep(b.how, "need-asked")

	host, err := w.host()
	if err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { _, err := host.Placement(t.Context(), id); return err == nil })
	l := open(t, w.Console("shelter"))
	l.look(ways{language: "en", width: 320})
	l.signIn(w.volunteer(t))
	l.strict = true
	l.visit("/")
	l.keep(l.how, "volunteer-today")
	l.goes(`.wants a[href="/placements"]`)
	l.told("Fits in:", "Casa Inventada asks", "Dormitory")
	l.keep(l.how, "placements")
	l.goes(`a[href="/placements/` + string(id) + `"]`)
	l.keep(l.how, "placement-asked")
	l.press(`form[action$="/offer"] button`)
	l.told("offered; may be chosen", "Dormitory")
	l.keep(l.how, "placement-offered")

	until(t, func() bool {
		n, err := ngo.Need(t.Context(), id)
		return err == nil && n.State == posada.NeedOffersOpen
	})
	b.goes(`.actions a[href="/needs/` + string(id) + `"]`) // look again
	b.keep(b.how, "need-offers")
	b.press(`form[action$="/choose"] button`)
	until(t, func() bool {
		n, err := ngo.Need(t.Context(), id)
		return err == nil && standing(n, "Invented Shelter") == posada.AskedHolds
	})
	b.visit("/needs/" + string(id))
	b.told("Invented Shelter holds the place", "Record a consent for Invented Shelter")
	b.keep(b.how, "need-held")
	b.press(`form[action$="/consent"] button.main`)
	b.press(onward)
	if b.value("to-0") != idOf(t, ngo, "Invented Shelter") || b.value("purpose-0") != "shelter" {
		t.Errorf("the consent begins with %q for %q", b.value("to-0"), b.value("purpose-0"))
	}
	l.visit("/placements/" + string(id))
	l.told("They are on the way")
	l.keep(l.how, "placement-held")
	l.press(`form[action$="/arrived"] button`)
	l.told("the person is here")
	until(t, func() bool {
		n, err := ngo.Need(t.Context(), id)
		return err == nil && n.State == posada.NeedFilled
	})
	b.visit("/needs/" + string(id))
	b.told("The person is in the place")
	b.keep(b.how, "need-filled")
}

// TestNoPlaceIsFoundInSpanish: what few people have is said on the preview and left out in one press; a call
// says no; the offer is refused with why; that no place was found is counted. On a phone, with a script.
func TestNoPlaceIsFoundInSpanish(t *testing.T) {
	w := in(t)
	ngo := w.as(posada.RoleAdvocate)
	opened, err := ngo.OpenCase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, w.Console("ngo"))
	b.look(ways{language: "es", width: 320, script: true})
	b.signIn(w.advocate())
	b.strict = true
	b.asksIn(opened.Label)
	b.keep(b.how, "need-form")
	b.click(`[name=priority][value=urgent]`)
	read[bool](b, `document.querySelectorAll('details').forEach(d => { d.open = true }), true`)
	b.tick(`[name=pets]`, `[name=access][value=step_free]`)
	b.put("wish-1", "own_room")
	b.press(`form[action$="/need"] button.main`)
	if text := b.text("main"); !strings.Contains(text, "Pocas personas tienen esto: animales de compañía, lo que no le puede faltar a la persona") {
		t.Errorf("what is rare is not said: %s", text)
	}
	b.keep(b.how, "need-preview-rare")
	b.press(`button[name=part][value=pets]`)
	if text := b.text("section.aloud"); strings.Contains(text, "animales de compañía\n") || !strings.Contains(text, "sin escalones") {
		t.Errorf("left is: %s", text)
	}
	b.tick(`[name=permission]`)
	b.press(`form[action$="/post"] button.main`)
	id := posada.NeedID(strings.TrimPrefix(b.path(), "/needs/"))
	b.keep(b.how, "need-asked")
	id = b.asksOtherwise(id)
	b.goes(`main a[href$="/call"]`)
	b.keep(b.how, "need-call")
	b.put("agency", idOf(t, ngo, "Invented Shelter"))
	b.click(`[name=answer][value=offer]`)
	b.press(`form[action$="/call"] button.main`)
	b.goes(`main a[href*="/refuse/"]`)
	b.keep(b.how, "need-refuse")
	b.put("why", "queda lejos")
	b.press(`form[action*="/refuse/"] button`)
	if text := b.text(".each"); !strings.Contains(text, "queda lejos") {
		t.Errorf("why is not there: %s", text)
	}
	b.goes(`main a[href$="/end"]`)
	b.keep(b.how, "need-end")
	b.click(`[name=how][value=no_placement_found]`)
	b.press(`form[action$="/end"] button.main`)
	if n, err := ngo.Need(t.Context(), id); err != nil || n.State != posada.NeedNoPlacementFound {
		t.Errorf("the node has %s, %v", n.State, err)
	}
	b.keep(b.how, "need-over")
	b.visit("/needs/counts")
	if text := b.text("main"); !strings.Contains(text, "no se encontró lugar") {
		t.Errorf("it is not counted: %s", text)
	}
	b.keep(b.how, "need-counts")
	b.picture(b.how, "/needs")
}

// asksIn opens the form of a case.
func (b *tab) asksIn(label string) {
	b.t.Helper()
	b.visit("/cases")
	b.visit(read[string](b, `[...document.querySelectorAll('main a[href^="/cases/"]')].find(a => a.innerText.includes("`+label+`")).getAttribute('href')`))
	b.goes(`main a[href$="/need"]`)
}

// TestWhomThePersonExcludedIsNotAsked: the page says whom; where nobody is left nothing is sent, and what is
// said on the telephone can be written down all the same.
func TestWhomThePersonExcludedIsNotAsked(t *testing.T) {
	w := in(t)
	ngo := w.as(posada.RoleAdvocate)
	opened, err := ngo.OpenCase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ngo.Exclude(t.Context(), client.NewExclusion{Case: opened.Label, Agency: "Invented Shelter"}); err != nil {
		t.Fatal(err)
	}
	b := open(t, w.Console("ngo"))
	b.look(ways{language: "en", width: 320, dark: true})
	b.signIn(w.advocate())
	b.strict = true
	b.asksIn(opened.Label)
	b.click(`[name=priority][value=tonight]`)
	b.press(`form[action$="/need"] button.main`)
	b.told("There is nobody who may be asked", "because the person excluded them", "Invented Shelter")
	b.keep(b.how, "need-nobody")
	b.click(`[name=permission]`)
	b.press(`form[action$="/post"] button.main`)
	list, err := ngo.Needs(t.Context())
	if i := slices.IndexFunc(list, func(n client.Need) bool { return n.Case == opened.Label }); err != nil || i < 0 || len(list[i].Asked) != 0 {
		t.Errorf("%d needs, %v", len(list), err)
	}
}

// TestBedsAreCountedInThreeTaps: open, one more, save; what was not saved is not counted, and Return in the
// field saves nothing by mistake. A place is described and removed.
func TestBedsAreCountedInThreeTaps(t *testing.T) {
	w := in(t)
	host, err := w.host()
	if err != nil {
		t.Fatal(err)
	}
	token, err := w.Token("shelter")
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, w.Console("shelter"))
	b.look(ways{language: "es", width: 320})
	b.signIn(token)
	b.strict = true
	b.visit("/places/new")
	b.keep(b.how, "place-new")
	if read[int](b, `document.querySelectorAll('[name=languages]:checked').length`) != 2 {
		t.Error("a new place takes nobody who says a language")
	}
	b.put("place", harmful)
	b.tick(`[name=genders][value=woman]`, `[name=with][value=nobody]`)
	b.press(`form[action="/places/new"] button.main`)
	free := func() int {
		list, err := host.Places(t.Context())
		i := slices.IndexFunc(list, func(p client.Place) bool { return p.Place == harmful })
		if err != nil || i < 0 || len(list[i].With) != 0 || !slices.Equal(list[i].Genders, []posada.Gender{"woman"}) {
			t.Fatalf("%+v, %v", list, err)
		}
		return list[i].Free
	}
	b.visit("/places")
	b.keep(b.how, "places")
	const more, save = `#place-1 button[value=more]`, `#place-1 button.main`
	b.press(more)
	b.press(more)
	if b.attribute(`#place-1 [name=free]`, "value") != "2" || free() != 0 {
		t.Errorf("it shows %s and there are %d", b.attribute(`#place-1 [name=free]`, "value"), free())
	}
	b.keep(b.how, "places-unsaved")
	b.press(save)
	if free() != 2 {
		t.Errorf("saved, there are %d", free())
	}
	b.keep(b.how, "places-counted")
	b.goes(`#place-1 a`)
	if !read[bool](b, `document.querySelector('[name=genders][value=woman]').checked && !document.querySelector('[name=ages]:checked')`) {
		t.Error("what was said is not there")
	}
	b.goes(`main a.grave`)
	b.press(`main button.grave`)
	if list, err := host.Places(t.Context()); err != nil || slices.ContainsFunc(list, func(p client.Place) bool { return p.Place == harmful }) {
		t.Errorf("it is there still: %v", err)
	}
}

// TestWhoMayNotSeeNeedsIsToldWhatIsNotThere: the same page, byte for byte but for who is signed in, as for
// what there is not; of a need that came, of one that was asked, and of places.
func TestWhoMayNotSeeNeedsIsToldWhatIsNotThere(t *testing.T) {
	w := in(t)
	list, err := w.as(posada.RoleAdvocate).Needs(t.Context())
	if err != nil || len(list) == 0 {
		t.Fatal(err)
	}
	came, err := w.as(posada.RoleAdvocate).Placements(t.Context(), true)
	if err != nil || len(came) == 0 {
		t.Fatal(err)
	}
	const none = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	need, placement := "/needs/"+string(list[0].ID), "/placements/"+string(came[0].ID)
	asks := []string{need, need + "/call", need + "/end", "/needs", "/needs/new", "/needs/counts", "/needs/new/preview"}
	answers := []string{placement, placement + "/decline", "/placements", "/placements/all"}
	keeps := []string{"/places/new"}
	for role, hidden := range map[posada.StaffRole][]string{
		posada.RoleAuditor:           slices.Concat(asks, answers, keeps, []string{"/places"}),
		posada.RoleSteward:           slices.Concat(asks, answers, keeps, []string{"/places"}),
		posada.RoleAgencyAdmin:       slices.Concat(asks, answers),
		posada.RoleVolunteerScreener: slices.Concat(asks, keeps),
		posada.RoleMedical:           keeps,
	} {
		d := serve(t, w, "ngo")
		d.signIn(w.tokens[role])
		want := d.get("/needs/" + none)
		for _, path := range append(hidden, "/placements/"+none) {
			if a := d.get(path); a.StatusCode != http.StatusNotFound || a.body != want.body {
				t.Errorf("%s at %s: %s", role, path, a.Status)
			}
		}
		d.clock.pass(time.Minute)
	}
}

// TestWhatWasNotSentSaysSoBeforeAnythingElse: the node says that the hub has not all of it; the page's first
// sentence is to take up the telephone, with whom to call, and the first page of the day says so, too.
func TestWhatWasNotSentSaysSoBeforeAnythingElse(t *testing.T) {
	w := in(t)
	asked, err := ask(t.Context(), w.as(posada.RoleAdvocate), client.NewNeed{Priority: "tonight", Services: []string{"shelter_emergency"}})
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(w.API("ngo"))
	if err != nil {
		t.Fatal(err)
	}
	node := httputil.NewSingleHostReverseProxy(at)
	node.ModifyResponse = func(r *http.Response) error {
		if !strings.HasPrefix(r.Request.URL.Path, "/v1/needs") {
			return nil
		}
		body, err := io.ReadAll(r.Body)
		body = bytes.ReplaceAll(bytes.ReplaceAll(body, []byte(`"not_sent":false`), []byte(`"not_sent":true`)), []byte(`"state":"waiting"`), []byte(`"state":"unsent"`))
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.Header.Del("Content-Length")
		r.ContentLength = -1
		return err
	}
	f := httptest.NewServer(node)
	t.Cleanup(f.Close)
	b := open(t, w.run(t, func(c *console.Config) { c.Node = f.URL }))
	for _, how := range []ways{{language: "en", width: 320}, {language: "es", width: 1280, dark: true, script: true}} {
		b.look(how)
		b.signIn(w.advocate())
		b.visit("/needs/" + string(asked.ID))
		b.scrutinize()
		b.keep(how, "need-not-sent")
		want := map[string]string{"en": "NOT SENT. Take up the telephone.", "es": "SIN ENVIAR. Tome el teléfono."}[how.language]
		if text := b.text(`main [role=alert]`); !strings.HasPrefix(text, want) || !strings.Contains(text, "Invented Shelter") {
			t.Errorf("%s: it says %q", how, text)
		}
		b.visit("/")
		if first := b.text(".wants li"); !strings.Contains(first, "NO") || !strings.Contains(first, asked.Case) && !strings.Contains(first, "-") {
			t.Errorf("%s: today begins with %q", how, first)
		}
	}
}

// asksOtherwise asks in other words, in the place of a need, which is over then.
func (b *tab) asksOtherwise(before posada.NeedID) posada.NeedID {
	b.t.Helper()
	b.told("Si nadie ofrece antes de", "recordatorio a quien lleva el caso")
	b.press(`form[action$="/again"] button`)
	b.told("ocupa el lugar de lo que se preguntó antes")
	b.keep(b.how, "need-again")
	if b.value("wish-1") != "own_room" || !read[bool](b, `document.querySelector('[name=access][value=step_free]').checked && !document.querySelector('[name=pets]').checked`) {
		b.t.Errorf("it does not begin with what was asked")
	}
	read[bool](b, `document.querySelectorAll('details').forEach(d => { d.open = true }), true`)
	b.put("wish-1", "near_here")
	b.press(`form[action$="/need"] button.main`)
	b.told("ocupa el lugar de lo que se preguntó antes")
	b.tick(`[name=permission]`)
	b.press(`form[action$="/post"] button.main`)
	after := posada.NeedID(strings.TrimPrefix(b.path(), "/needs/"))
	b.visit("/needs/" + string(before))
	b.told("retirada", "Se preguntó de nuevo")
	b.goes(`main a[href="/needs/` + string(after) + `"]`)
	return after
}
