package book

import (
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
)

func aPhone(version uint64, class posada.AgencyClass, number string) directory.Book {
	return directory.Book{Version: version, Entries: []directory.Entry{{
		ID: directory.IDFrom([16]byte{7}, 4), Class: class, Name: directory.Name{EN: "Invented House", ES: "Casa Inventada"}, Phones: []directory.Phone{{Number: number}},
	}}}
}

// TestAClassWaitsFromWhenItWasReadOfWhoIsCalledSo: said again it waits no longer; said of
// another number, or otherwise, it waits anew; not said, it is over.
func TestAClassWaitsFromWhenItWasReadOfWhoIsCalledSo(t *testing.T) {
	const number, other = "+19155550100", "+19155550199"
	id := aPhone(1, "", number).Entries[0].Agency()
	first, second := trust.Edition{Version: 1, Digest: "one"}, trust.Edition{Version: 2, Digest: "two"}
	said := classes(nil).after(aPhone(1, posada.ClassShelter, number), first, now)
	later := now.Add(time.Hour)
	for name, c := range map[string]struct {
		book  directory.Book
		since time.Time
	}{
		"the same":       {aPhone(2, posada.ClassShelter, number), now},
		"another class":  {aPhone(2, posada.ClassNGO, number), later},
		"another number": {aPhone(2, posada.ClassShelter, other), later},
		"no class":       {aPhone(2, "", number), time.Time{}},
	} {
		if got := said.after(c.book, second, later)[id].Since; !got.Equal(c.since) {
			t.Errorf("%s: since %v; want %v", name, got, c.since)
		}
	}
}

// TestOfAnAgencyWithoutANodeCountsWhatIsSignedAndWasRead: not what a file says, and nothing
// while something newer is signed.
func TestOfAnAgencyWithoutANodeCountsWhatIsSignedAndWasRead(t *testing.T) {
	w := newWorld(t)
	w.c.Counts = func(trust.Edition, posada.AgencyID, time.Time) bool { return true }
	listed := aPhone(1, posada.ClassShelter, "+19155550100")
	id := listed.Entries[0].Agency()
	w.known.Store(directory.Named(nil, listed))
	if class := w.Class(id); class != "" {
		t.Errorf("a file says %s", class)
	}
	listed.Network = w.c.Network
	keys := w.list(listed)
	if class := w.Class(id); class != "" {
		t.Errorf("%s counts unread", class)
	}
	if _, err := w.Give(posada.IDFrom[posada.StaffID]([16]byte{1}), keys); err != nil {
		t.Fatal(err)
	}
	if class := w.Class(id); class != posada.ClassShelter {
		t.Errorf("signed and read it is %q", class)
	}
	listed.Version = 2
	w.list(listed)
	if class := w.Class(id); class != "" {
		t.Errorf("%s counts while something newer is signed", class)
	}
}
