package main

import (
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// state is how bad a finding is.
type state string

const (
	stateWell      state = "well"
	stateAttention state = "attention" // the node does its work; somebody should look
	stateStopped   state = "stopped"   // some or all of its work is not done until somebody does
)

// look is one thing a node's status tells of.
type look struct {
	name string
	// at says what is ill with it ("" is well), how bad that is, and what the sentence names.
	at func(client.Status) (ill string, s state, args []any)
}

// looks are all of them, what stops the others first.
func looks() []look {
	return []look{
		{"network", lookNetwork}, {"clock", lookClock}, {"decisions", lookDecisions}, {"hub", lookHub}, {"keys", lookKeys},
		{"sequence", lookSequence}, {"account", lookAccount}, {"aside", lookAside}, {"handed_in", lookHandedIn}, {"held", lookHeld}, {"on_call", lookOnCall},
	}
}

func lookNetwork(s client.Status) (string, state, []any) {
	switch {
	case s.Knows.SignedAt.IsZero():
		return "never", stateStopped, nil
	case !s.Knows.Member:
		return "no_member", stateStopped, nil
	}
	return "", stateWell, []any{"agency", s.Agency.Name, "roster", s.Roster}
}

func lookClock(s client.Status) (string, state, []any) {
	if k := s.Knows.Clock; k != nil {
		return "disagrees", stateStopped, []any{"machine", moment(k.Machine), "at_least", moment(k.AtLeast)}
	}
	return "", stateWell, nil
}

// lookDecisions is whether what stewards decided is known as of today.
func lookDecisions(s client.Status) (string, state, []any) {
	switch k := s.Knows; {
	case k.Frozen != nil:
		return "frozen", stateStopped, []any{"agency", k.Frozen.Name}
	case k.Clock == nil && k.Age == posada.StalenessStale:
		return "stale", stateStopped, []any{"signed", moment(k.SignedAt)}
	}
	return "", stateWell, []any{"signed", moment(s.Knows.SignedAt)}
}

func lookHub(s client.Status) (string, state, []any) {
	if s.Hub != "connected" {
		return "away", stateAttention, []any{"heard", moment(s.Heard), "waiting", s.Waiting}
	}
	return "", stateWell, []any{"heard", moment(s.Heard)}
}

func lookKeys(s client.Status) (string, state, []any) {
	if s.Knows.NotOurs {
		return "not_ours", stateStopped, nil
	}
	return "", stateWell, nil
}

// lookSequence is whether what others say goes on from what they said before.
func lookSequence(s client.Status) (string, state, []any) {
	var others []string
	for _, d := range s.Doubted {
		if d.Ours {
			return "behind", stateStopped, []any{"agency", d.Agency.Name}
		}
		others = append(others, d.Agency.Name)
	}
	switch {
	case len(others) > 0:
		return "doubted", stateAttention, []any{"agencies", strings.Join(others, ", ")}
	case s.Missing > 0:
		return "missing", stateAttention, []any{"count", s.Missing}
	}
	return "", stateWell, nil
}

func lookAccount(s client.Status) (string, state, []any) {
	if !s.Audit.Whole {
		return "broken", stateStopped, nil
	}
	return "", stateWell, []any{"entries", s.Audit.Entries}
}

func lookAside(s client.Status) (string, state, []any) {
	all := 0
	for _, q := range s.Quarantined {
		all += q.Count
	}
	if all > 0 {
		return "some", stateAttention, []any{"count", all}
	}
	return "", stateWell, nil
}

func lookHandedIn(s client.Status) (string, state, []any) {
	all := 0
	for _, r := range s.HandedIn.Refused {
		all += r.Count
	}
	if all > 0 {
		return "refused", stateAttention, []any{"count", all}
	}
	return "", stateWell, nil
}

func lookHeld(s client.Status) (string, state, []any) {
	if len(s.Knows.Held) > 0 {
		return "some", stateAttention, []any{"count", len(s.Knows.Held)}
	}
	return "", stateWell, nil
}

func lookOnCall(s client.Status) (string, state, []any) {
	if s.NobodyOnCall {
		return "nobody", stateAttention, nil
	}
	return "", stateWell, nil
}
