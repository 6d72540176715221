package town_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/services/town"
)

// TestATableThatWaitsIsAskedBesideAndThenDecides: enough stewards signed a wider one. For a
// day real requests are decided by the one that runs, and each node counts for itself what
// the other would have answered; then that one decides, and nothing is counted any more.
func TestATableThatWaitsIsAskedBesideAndThenDecides(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	w := start(t, lay(t), town.Options{
		Skip: []string{"shelter", "police"}, Poll: slowly,
		Clock: func(string) time.Time { return time.Now().Add(time.Duration(later.Load())) },
	})
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	before := sure(matrix.Read(w.Council.InForce[trust.RolePolicy].Target))
	opened := matrix.Cells{posada.ClassLegalAid: {posada.PurposeLegal: {posada.CategoryMedical: posada.ModeConsent}}}
	text := sure(before.With(before.Version+1, opened).Write())

	said := newConsent()
	said.Allow[0].Share = append(said.Allow[0].Share, "medical")
	agreed := sure(ngo.AddConsent(t.Context(), said))
	wide := newPreview(agreed.Case)
	wide.Records[0].Fields["psd_Medical"] = "invented"
	gives := func() bool { return sure(ngo.Preview(t.Context(), wide)).Digest != "" }
	if s := sure(ngo.Status(t.Context())); s.Beside != nil || s.Policy != before.Version {
		t.Errorf("something waits: %+v", s.Beside)
	}

	publish(t, w, "ngo", sure(w.Council.Decide(trust.RolePolicy, text, time.Now())))
	seen := time.Now()
	waits := func(c *client.Client) bool {
		s, err := c.Status(t.Context())
		return err == nil && s.Beside != nil && s.Beside.Version == before.Version+1 && s.Policy == before.Version && len(s.Knows.Waiting) == 1
	}
	eventually(t, "it waiting at both", func() bool { return waits(ngo) && waits(legal) })
	if from := sure(ngo.Status(t.Context())).Knows.Waiting[0].From; from.Before(seen.Add(23*time.Hour)) || from.After(time.Now().Add(25*time.Hour)) {
		t.Errorf("it runs from %s on", from)
	}
	if gives() { // asked for the first time on this day: what is alike is decided once a day
		t.Error("what waits decided")
	}
	send(t, ngo, agreed.Case)
	taken(t, legal, 1)
	counted := func(c *client.Client) (b client.Beside) {
		eventually(t, "a node counting what the other would answer", func() bool {
			s, err := c.Status(t.Context())
			if err == nil && s.Beside != nil {
				b = *s.Beside
			}
			return b.Decisions > 1 || c == legal && b.Decisions > 0
		})
		return b
	}
	if b := counted(ngo); b.Differ == 0 || b.Differ == b.Decisions || b.Failed > 0 {
		t.Errorf("where one of its answers would differ it counts %+v", b)
	}
	if b := counted(legal); b.Differ > 0 || b.Failed > 0 {
		t.Errorf("where none would differ it counts %+v", b)
	}

	later.Store(int64(23 * time.Hour))
	eventually(t, "the hub being heard a day later", func() bool {
		s, err := ngo.Status(t.Context())
		return err == nil && s.Knows.SignedAt.After(seen.Add(22*time.Hour))
	})
	if !waits(ngo) || gives() {
		t.Error("it did not wait its day")
	}
	later.Store(int64(25 * time.Hour))
	for _, c := range []*client.Client{ngo, legal} {
		eventually(t, "it deciding", func() bool {
			s, err := c.Status(t.Context())
			return err == nil && s.Policy == before.Version+1 && s.Beside == nil && len(s.Knows.Waiting) == 0 && s.Knows.Age != posada.StalenessStale
		})
	}
	if !gives() {
		t.Error("it does not decide")
	}
}
