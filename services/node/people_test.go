package node

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/oncall"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node/staff"
)

// TestTonightIsToldByTheAgencysClock plays the night in which an hour is told twice:
// whoever is on call until 01:30 is, the second time, too, and the next one is from
// the first; all of it in the agency's zone, cut to a day from now.
func TestTonightIsToldByTheAgencysClock(t *testing.T) {
	dir := t.TempDir()
	secret := vault.Key([32]byte{1, 2, 3})
	if err := vault.Create(dir, secret, rand.Reader); err != nil {
		t.Fatal(err)
	}
	store, err := vault.Open(dir, secret, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	zone, err := Config{Zone: "America/Denver"}.Location()
	if err != nil {
		t.Fatal(err)
	}
	var now time.Time
	p := people{staff.New(store, rand.Reader, func() time.Time { return now }), zone}
	add := func(name string, h oncall.Hours) {
		t.Helper()
		m, _, err := p.Add("", name, posada.SetOf(posada.RoleAdvocate))
		if err == nil {
			err = p.SetOnCall(m.ID, m.ID, h)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add("Inés", oncall.Hours{Days: posada.SetOf(posada.Saturday), From: 22 * 60, Until: 90})
	add("Rosa", oncall.Hours{Days: posada.SetOf(posada.Sunday), From: 90, Until: 6 * 60})
	for at, want := range map[string]struct{ now, next string }{
		"2026-11-01T03:59:00Z": {"", "Inés 10-31T22:00-06:00/11-01T01:30-07:00, Rosa 11-01T01:30-06:00/11-01T06:00-07:00"},
		"2026-11-01T04:00:00Z": {"Inés", "Inés 10-31T22:00-06:00/11-01T01:30-07:00, Rosa 11-01T01:30-06:00/11-01T06:00-07:00"},
		"2026-11-01T08:00:00Z": {"Inés, Rosa", "Inés 11-01T01:00-07:00/11-01T01:30-07:00, Rosa 11-01T01:00-07:00/11-01T06:00-07:00"},
		"2026-11-01T08:30:00Z": {"Rosa", "Rosa 11-01T01:30-07:00/11-01T06:00-07:00"},
		"2026-10-31T06:00:00Z": {"", "Inés 10-31T22:00-06:00/11-01T00:00-06:00"},
	} {
		if now, err = time.Parse(time.RFC3339, at); err != nil {
			t.Fatal(err)
		}
		got, err := p.OnCall()
		if err != nil || !got.Set || got.Zone != "America/Denver" || len(got.Hours) != 2 {
			t.Fatalf("%+v, %v", got, err)
		}
		var next []string
		for _, s := range got.Next {
			next = append(next, s.Name+" "+s.From.Format("01-02T15:04-07:00")+"/"+s.Until.Format("01-02T15:04-07:00"))
		}
		if strings.Join(got.Now, ", ") != want.now || strings.Join(next, ", ") != want.next {
			t.Errorf("%s: now %v, then %v", at, got.Now, next)
		}
	}
}

func TestAZoneNobodyHasIsRefused(t *testing.T) {
	for _, name := range []string{"America/Nowhere", "Denver", "../etc/passwd", "MST7"} {
		c := Defaults()
		c.Zone = name
		if err := c.check(); !errors.Is(err, config.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, want := range map[string]string{"": time.Local.String(), "America/Ciudad_Juarez": "America/Ciudad_Juarez", "UTC": "UTC"} {
		c := Defaults()
		c.Zone = name
		if zone, err := c.Location(); err != nil || zone.String() != want || c.check() != nil {
			t.Errorf("%q is %v, %v", name, zone, err)
		}
	}
}
