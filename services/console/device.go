package console

import (
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
)

// devices are browsers that people signed in in lately: a computer that several share at
// a shelter's desk. For each person there is what the node takes in place of a code, sealed
// for the browser; both are gone when this process ends.
type devices struct {
	random io.Reader
	now    func() time.Time

	mu  sync.Mutex
	all map[name]map[string]known // by browser, then by person
}

// known is a person at a browser.
type known struct {
	sealed []byte
	until  time.Time
}

func newDevices(random io.Reader, now func() time.Time) *devices {
	return &devices{random: random, now: now, all: map[name]map[string]known{}}
}

// remember keeps what the node gave for this browser, if it gave anything.
func (d *devices) remember(v *visit, made client.Session) error {
	if made.Device == "" {
		return nil
	}
	browser, had := cookieOf(v.r, cookieDevice)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep()
	if !had || d.all[nameOf(browser)] == nil {
		// A secret that this process did not draw is nobody's.
		var err error
		if browser, err = secret(d.random); err != nil {
			return err
		}
		d.all[nameOf(browser)] = map[string]known{}
	}
	sealed, err := seal(browser, made.Device)
	if err != nil {
		return err
	}
	d.all[nameOf(browser)][made.Person.Name] = known{sealed, made.DeviceUntil}
	http.SetCookie(v.w, bake(cookieDevice, browser, lasts))
	return nil
}

// sweep forgets whom no browser is known for any more.
func (d *devices) sweep() {
	now := d.now()
	for n, people := range d.all {
		for who, k := range people {
			if now.After(k.until) {
				delete(people, who)
			}
		}
		if len(people) == 0 {
			delete(d.all, n)
		}
	}
}

// names is who signed in in a request's browser lately.
func (d *devices) names(r *http.Request) []string {
	browser, _ := cookieOf(r, cookieDevice)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep()
	var list []string
	for who := range d.all[nameOf(browser)] {
		list = append(list, who)
	}
	slices.Sort(list)
	return list
}

// secret is what the node takes in place of a person's code in a request's browser.
func (d *devices) secret(r *http.Request, who string) (device string, ok bool) {
	browser, _ := cookieOf(r, cookieDevice)
	d.mu.Lock()
	defer d.mu.Unlock()
	k, there := d.all[nameOf(browser)][who]
	if !there || d.now().After(k.until) || unseal(browser, k.sealed, &device) != nil {
		return "", false
	}
	return device, true
}

// forget forgets a request's browser.
func (d *devices) forget(r *http.Request) {
	browser, _ := cookieOf(r, cookieDevice)
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.all, nameOf(browser))
}
