package event_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
)

func TestALetterAboutANeedSaysWhichAndNothingElseDoes(t *testing.T) {
	for typ, e := range each(t) {
		want := posada.NeedID("")
		switch typ {
		case event.TypeNeed, event.TypeReply, event.TypeChosen, event.TypeClosed:
			want = asked
		}
		if got := e.Concerns(); got != want {
			t.Errorf("%s is about %q", typ, got)
		}
		if r, is := e.Reply(); is != (typ == event.TypeReply) || is && r.Says != posada.ReplyOffer {
			t.Errorf("%s is a reply: %v", typ, is)
		}
	}
}

// TestClosedIsTheSameBytesWhateverHappened, but for the ids that are drawn for each.
func TestClosedIsTheSameBytesWhateverHappened(t *testing.T) {
	one, two := must(event.Closed(rand.Reader, asked, at)), must(event.Closed(rand.Reader, asked, at))
	data := func(e event.Event) string {
		s := must(e.In(source, event.Place{Seq: 1}))
		return string(s.Data())
	}
	if data(one) != data(two) || data(one) != string(must(jose.Marshal(need.About{Need: asked}))) {
		t.Errorf("%s, %s", data(one), data(two))
	}
}

func TestALetterAboutANeedLacksNothingAndHasNothingMore(t *testing.T) {
	bare := func(change func(*need.Posting)) error {
		p := posting()
		change(&p)
		return second(event.Need(rand.Reader, p, at))
	}
	reply := func(r need.Reply) error { return second(event.Reply(rand.Reader, r, at)) }
	soon := at.Add(time.Hour)
	for name, err := range map[string]error{
		"a need without an id":        bare(func(p *need.Posting) { p.Need = "" }),
		"a need without an end":       bare(func(p *need.Posting) { p.Until = time.Time{} }),
		"a need for nothing":          bare(func(p *need.Posting) { p.Profile.Services = 0 }),
		"a reply to nothing":          reply(need.Reply{Says: posada.ReplyGone}),
		"a reply of another word":     reply(need.Reply{Need: asked, Says: "maybe"}),
		"an offer for ever":           reply(need.Reply{Need: asked, Says: posada.ReplyOffer}),
		"a place that is gone, until": reply(need.Reply{Need: asked, Says: posada.ReplyGone, Until: soon}),
		"a no without a reason":       reply(need.Reply{Need: asked, Says: posada.ReplyDeclined}),
		"a no for another reason":     reply(need.Reply{Need: asked, Says: posada.ReplyDeclined, Reason: "rude"}),
		"an offer with a reason":      reply(need.Reply{Need: asked, Says: posada.ReplyOffer, Until: soon, Reason: posada.DeclineOther}),
		"nothing is chosen":           second(event.Chosen(rand.Reader, "", at)),
		"nothing is closed":           second(event.Closed(rand.Reader, "", at)),
	} {
		if !errors.Is(err, event.ErrShape) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
