package node

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/oncall"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/node/gateway"
	"github.com/posada-exchange/posada/services/node/nudges"
	"github.com/posada-exchange/posada/services/node/staff"
)

// people lets the gateway find staff by token, and change who works here and when.
type people struct {
	*staff.Staff
	zone *time.Location
}

var _ gateway.Staff = people{}

// Authenticate finds who a token belongs to, or whose session it is of.
func (p people) Authenticate(token string) (gateway.Person, error) {
	if strings.HasPrefix(token, handoff.SessionPrefix) {
		who, in, err := p.Resume(token)
		if err != nil {
			return gateway.Person{}, err
		}
		return sitting(who, in), nil
	}
	who, with, err := p.Staff.Authenticate(token)
	if err != nil {
		return gateway.Person{}, err
	}
	return gateway.Person{Asker: who.Asker(), Name: who.Name, Token: with.ID, Scopes: with.Scopes, Rate: with.Rate}, nil
}

// People is everybody, also who was disabled.
func (p people) People() ([]client.Staff, error) {
	list, err := p.List()
	if err != nil {
		return nil, err
	}
	sign, err := p.Accounts()
	out := make([]client.Staff, len(list))
	for i, m := range list {
		out[i] = member(m)
		out[i].Account = sign[m.ID]
	}
	return out, err
}

// AddPerson adds somebody, with her first token.
func (p people) AddPerson(by posada.StaffID, name string, roles []posada.StaffRole) (client.AddedStaff, error) {
	m, token, err := p.Add(by, name, posada.SetOf(roles...))
	if err != nil {
		return client.AddedStaff{}, err
	}
	return client.AddedStaff{Staff: member(m), Token: token}, nil
}

// SetRoles says anew what somebody does.
func (p people) SetRoles(by, id posada.StaffID, roles []posada.StaffRole) (client.Staff, error) {
	return p.member(p.Staff.SetRoles(by, id, posada.SetOf(roles...)))
}

// Disable ends what somebody can do here.
func (p people) Disable(by, id posada.StaffID) (client.Staff, error) {
	return p.member(p.Staff.Disable(by, id))
}

func member(m staff.Member) client.Staff {
	return client.Staff{ID: m.ID, Name: m.Name, Roles: m.Roles.List(), Added: m.Added, Disabled: m.Disabled}
}

// member is somebody whom something was done to.
func (p people) member(m staff.Member, err error) (client.Staff, error) {
	if err != nil {
		return client.Staff{}, err
	}
	out := member(m)
	_, out.Account, err = p.RecoveryLeft(m.ID)
	return out, err
}

// Tokens are those of one person, and the sessions; of everybody where of is empty.
func (p people) Tokens(of posada.StaffID) ([]client.Token, error) {
	list, err := p.Staff.Tokens(of)
	if err != nil {
		return nil, err
	}
	out := make([]client.Token, len(list))
	for i, t := range list {
		out[i] = client.Token{ID: t.ID, Of: t.Of, Made: t.Made, Name: t.Name, Rate: t.Rate, Used: t.Used}
		if !t.Scopes.Empty() {
			out[i].Scopes = t.Scopes.List()
		}
	}
	sessions, err := p.Staff.Sessions(of)
	for _, x := range sessions {
		out = append(out, client.Token{ID: x.ID, Of: x.Of, Made: x.Made, Session: true, Until: x.Until})
	}
	slices.SortStableFunc(out, func(a, b client.Token) int { return b.Made.Compare(a.Made) })
	return out, err
}

// AddToken gives somebody one more token.
func (p people) AddToken(by, of posada.StaffID) (client.AddedToken, error) {
	t, token, err := p.Staff.AddToken(by, of)
	return client.AddedToken{ID: t.ID, Of: t.Of, Made: t.Made, Token: token}, err
}

// AddProgram gives somebody a token for a program.
func (p people) AddProgram(by, of posada.StaffID, name string, scopes []posada.Scope, rate int) (client.AddedToken, error) {
	t, token, err := p.Staff.AddProgram(by, of, staff.Program{Name: name, Scopes: posada.SetOf(scopes...), Rate: rate})
	return client.AddedToken{ID: t.ID, Of: t.Of, Made: t.Made, Name: t.Name, Token: token}, err
}

// ahead is how far it is told who is on call.
const ahead = 24 * time.Hour

// OnCall is who is on call now and in the next day.
func (p people) OnCall() (client.OnCall, error) {
	list, at, planned, err := p.Staff.OnCall()
	at = at.In(p.zone)
	out := client.OnCall{At: at, Zone: zoneName(at), Set: planned, Now: []string{}, Next: []client.OnCallSpan{}}
	for _, o := range list {
		for _, h := range o.Hours {
			out.Hours = append(out.Hours, client.OnCallHours{Name: o.Name, Reach: o.Reach, Days: h.Days.List(), From: h.From.String(), Until: h.Until.String()})
		}
		for _, s := range oncall.Spans(o.Hours, at, at.Add(ahead), p.zone) {
			out.Next = append(out.Next, client.OnCallSpan{Name: o.Name, From: s.From, Until: s.Until})
			if s.From.Equal(at) {
				out.Now = append(out.Now, o.Name)
			}
		}
	}
	slices.SortStableFunc(out.Next, func(a, b client.OnCallSpan) int {
		return cmp.Or(a.From.Compare(b.From), a.Until.Compare(b.Until))
	})
	return out, err
}

// onNow is who is on call now and where to reach them, by name.
func (p people) onNow() ([]nudges.Person, error) {
	list, at, _, err := p.Staff.OnCall()
	if err != nil {
		return nil, err
	}
	var now []nudges.Person
	for _, o := range list {
		if spans := oncall.Spans(o.Hours, at, at.Add(time.Minute), p.zone); len(spans) > 0 && spans[0].From.Equal(at.In(p.zone)) {
			now = append(now, nudges.Person{ID: o.ID, Reach: o.Reach})
		}
	}
	return now, nil
}

// working is somebody who works here, as she is now. fault.NothingThere: nobody does.
func (p people) working(id posada.StaffID) (handoff.Asker, error) {
	list, err := p.List()
	if err != nil {
		return handoff.Asker{}, err
	}
	for _, m := range list {
		if m.ID == id && m.Disabled.IsZero() {
			return m.Asker(), nil
		}
	}
	return handoff.Asker{}, fault.New(fault.Withheld, fault.NothingThere)
}

// zoneName is what a moment's zone is called; the machine's own has no name but
// what it is called now.
func zoneName(at time.Time) string {
	name, offset := at.Zone()
	switch {
	case at.Location() != time.Local:
		return at.Location().String()
	case offset == 0:
		return "UTC"
	}
	return name + ", UTC" + at.Format("-07:00")
}
