package staff

import (
	"crypto/rand"
	"slices"
	"testing"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/oncall"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

func night(days ...posada.Weekday) oncall.Hours {
	return oncall.Hours{Days: posada.SetOf(days...), From: 22 * 60, Until: 6 * 60}
}

func keyOf(err error) fault.Key {
	if err == nil {
		return ""
	}
	return fault.From(err).Key
}

// names are those on call, with how many hours each has.
func names(t testing.TB, s *Staff) (list []string, planned bool) {
	t.Helper()
	all, at, planned, err := s.OnCall()
	must(t, err)
	if !at.Equal(now()) {
		t.Errorf("it is %s", at)
	}
	for _, o := range all {
		for range o.Hours {
			list = append(list, o.Name)
		}
	}
	return list, planned
}

func TestHoursAreSetAddedAndEndedAndKept(t *testing.T) {
	v, dir := opened(t)
	s := New(v, rand.Reader, now)
	ines, _, err := s.Add("", "Inés Duarte", roles(posada.RoleAgencyAdmin))
	must(t, err)
	rosa, _, err := s.Add(ines.ID, "Rosa Invented", roles(posada.RoleVolunteerScreener))
	must(t, err)
	if list, planned := names(t, s); len(list) != 0 || planned {
		t.Errorf("before anybody set any: %v, %v", list, planned)
	}
	for _, c := range []struct {
		err  error
		want fault.Key
	}{
		{s.SetOnCall(ines.ID, rosa.ID, night()), fault.OnCallIncomplete},
		{s.SetOnCall(ines.ID, "aaaaaaaaaaaaaaaaaaaaaaaaaa", night(posada.Monday)), fault.NothingThere},
		{s.EndOnCall(ines.ID, rosa.ID, nil), fault.NotOnCall},
		{s.SetOnCall(ines.ID, rosa.ID, night(posada.Monday)), ""},
		{s.SetOnCall(ines.ID, rosa.ID, night(posada.Monday)), ""}, // the same once more
		{s.SetOnCall(ines.ID, rosa.ID, night(posada.Friday)), ""},
		{s.SetOnCall(ines.ID, ines.ID, night(posada.Sunday)), ""},
		{s.EndOnCall(ines.ID, ines.ID, new(night(posada.Monday))), fault.NotOnCall},
		{s.EndOnCall(ines.ID, rosa.ID, new(night(posada.Monday))), ""},
	} {
		if got := keyOf(c.err); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	closed(t, v)
	v = open(t, dir)
	defer func() { closed(t, v) }()
	s = New(v, rand.Reader, now)
	if list, planned := names(t, s); !slices.Equal(list, []string{"Inés Duarte", "Rosa Invented"}) || !planned {
		t.Errorf("%v, %v", list, planned)
	}
	must(t, s.EndOnCall(ines.ID, rosa.ID, nil))
	must(t, s.EndOnCall(ines.ID, ines.ID, nil))
	if list, planned := names(t, s); len(list) != 0 || planned {
		t.Errorf("after all were taken away: %v, %v", list, planned)
	}
	var acts []audit.Act
	must(t, v.View(func(tx *vault.Tx) error {
		return audit.Each(tx, 3, func(_ uint64, e audit.Entry) error {
			if e.By != ines.ID || e.Staff == "" {
				t.Errorf("%+v", e)
			}
			acts = append(acts, e.Act)
			return nil
		})
	}))
	set, ended := audit.OnCallSet, audit.OnCallEnded
	if !slices.Equal(acts, []audit.Act{set, set, set, ended, ended, ended}) {
		t.Errorf("%v", acts)
	}
}

// Whoever was disabled is on call no more; that hours were planned is still known,
// so that somebody takes them, or takes them away.
func TestNobodyDisabledIsOnCall(t *testing.T) {
	s := unit(t)
	ines, _, err := s.Add("", "Inés Duarte", roles(posada.RoleAgencyAdmin))
	must(t, err)
	rosa, _, err := s.Add(ines.ID, "Rosa Invented", roles(posada.RoleAdvocate))
	must(t, err)
	must(t, s.SetOnCall(ines.ID, rosa.ID, night(posada.Monday)))
	_, err = s.Disable(ines.ID, rosa.ID)
	must(t, err)
	if list, planned := names(t, s); len(list) != 0 || !planned {
		t.Errorf("%v, %v", list, planned)
	}
	if got := keyOf(s.SetOnCall(ines.ID, rosa.ID, night(posada.Friday))); got != fault.StaffIsDisabled {
		t.Errorf("%q", got)
	}
	must(t, s.EndOnCall(ines.ID, rosa.ID, nil))
	if _, planned := names(t, s); planned {
		t.Error("hours of hers are left")
	}
}
