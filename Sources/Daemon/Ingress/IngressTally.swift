/// What the listeners have counted, and its part of the metrics page.
struct IngressTally: Sendable {
    private var open: [ListenerName: Int] = [:]
    private var cuts: [Label: UInt64] = [:]
    private var pauses: [ListenerName: UInt64] = [:]
    private var shed: [IngressLoad.Limit: UInt64] = [:]

    private struct Label: Hashable {
        var listener: ListenerName
        var cut: ConnectionEvent.Cut
    }

    mutating func count(_ event: ConnectionEvent, on listener: ListenerName) {
        switch event {
        case .opened: open[listener, default: 0] += 1
        case .closed: open[listener, default: 0] -= 1
        case .cut(let cut):
            cuts[Label(listener: listener, cut: cut), default: 0] += 1
            // Told to come again for want of a place.
            if listener == .webhooks, cut == .refused || cut == .evicted { shed[.connections, default: 0] += 1 }
        case .acceptPaused: pauses[listener, default: 0] += 1
        }
    }

    mutating func countShed(_ limit: IngressLoad.Limit) { shed[limit, default: 0] += 1 }

    func write(to page: inout PrometheusPage) {
        page.family("connections_open", "gauge", "Connections that are open")
        for listener in ListenerName.allCases {
            page.line("connections_open", [("listener", listener.rawValue)], "\(open[listener] ?? 0)")
        }
        page.family("connections_cut_total", "counter", "Connections closed before their peers were done, by why")
        for listener in ListenerName.allCases {
            for cut in ConnectionEvent.Cut.allCases {
                let count = cuts[Label(listener: listener, cut: cut)] ?? 0
                page.line("connections_cut_total", [("listener", listener.rawValue), ("reason", cut.rawValue)], "\(count)")
            }
        }
        page.family("accept_pauses_total", "counter", "Times that no connection was accepted for want of descriptors")
        for listener in ListenerName.allCases {
            page.line("accept_pauses_total", [("listener", listener.rawValue)], "\(pauses[listener] ?? 0)")
        }
        page.family("requests_shed_total", "counter", "Webhooks and connections turned away for now, by what was used up")
        for limit in IngressLoad.Limit.allCases {
            page.line("requests_shed_total", [("reason", limit.rawValue)], "\(shed[limit] ?? 0)")
        }
    }
}
