import JSON
import Model
import Testing
import VendorKit
import Vendors

/// What each failure that the server is known to give means, call by call.
@Suite struct RocketChatOutcomesTests {
    private let fixture = Fixture(RocketChat())

    private func outcome(_ action: Action, _ status: Int, _ body: Value, headers: [String: String] = [:]) throws -> String {
        let response = VendorResponse(status: status, headers: headers, body: JSONWriter.bytes(body))
        return Self.name(fixture.vendor.outcome(of: response, to: try fixture.request(action)))
    }

    private static func name(_ outcome: DeliveryOutcome) -> String {
        switch outcome {
        case .done: "done"
        case .retry(let reason): "retry \(reason.rawValue)"
        case .throttled: "throttled"
        case .refused(let reason, _): "refused \(reason.rawValue)"
        case .uncertain(let reason): "uncertain \(reason.rawValue)"
        }
    }

    private static let reply = Action.reply(Reply(text: "a"))
    private static let forward = Action.route(.agent("u1"))
    private static let close = Action.close(Closing())
    private static let queue = Action.route(.queue)
    private static let save = Action.contact(["plan": "pro"])
    private static let hold = Action.call(
        VendorCall(method: "POST", path: "/livechat/room.onHold", json: ["roomId": "room1"]))

    private static let refusals: [(Action, [String])] = [
        (
            reply,
            [
                "error-invalid-room", "error-not-allowed", "error-message-size-exceeded", "room_is_archived",
                "room_is_blocked", "You_have_been_muted", "error-mac-limit-reached",
                "The 'rid' property on the message object is missing.", "error-message-ts-out-of-sync",
                "Not enough permission", "invalid-params", "unauthorized", "forbidden",
            ]
        ),
        (
            forward,
            [
                "error-invalid-room", "This_conversation_is_already_closed", "error-mac-limit-reached",
                "error-invalid-visitor", "error-room-onHold", "error-invalid-department",
                "error-no-agents-online-in-department", "error-user-is-offline", "error-user-not-belong-to-department",
                "error-invalid-agent", "error-invalid-inquiry", "error-transferring-inquiry", "error-forwarding-chat",
            ]
        ),
        (
            close,
            [
                "error-invalid-room", "error-not-authorized", "error-comment-is-required",
                "error-tags-must-be-assigned-before-closing-chat",
            ]
        ),
        (
            queue,
            [
                "room-closed", "error-room-onHold", "error-room-not-found", "error-mac-limit-reached", "error-invalid-user",
                "error-returning-inquiry",
            ]
        ),
        (save, ["error-invalid-custom-field-value", "invalid-params"]),
        (
            hold,
            [
                "error-invalid-room", "Not_authorized", "error-room-already-closed",
                "error-contact-sent-last-message-so-cannot-place-on-hold", "error-unserved-rooms-cannot-be-placed-onhold",
            ]
        ),
    ]

    /// A server writes a code alone, behind its reason in brackets, or beside it; with an HTTP status of failure or of success.
    private static func bodies(_ code: String) -> [Value] {
        [
            ["success": false, "error": .string(code)], ["success": false, "error": .string("Reason [\(code)]")],
            ["success": false, "error": "A reason", "errorType": .string(code)],
            ["success": false, "error": .string("Reason [\(code)]"), "errorType": .string(code), "details": ["method": "m"]],
        ]
    }

    @Test(arguments: refusals.flatMap { row in row.1.map { (row.0, $0) } })
    func aReasonOfTheCallsOwnRefusesIt(action: Action, code: String) throws {
        for status in [400, 200] {
            for body in Self.bodies(code) {
                #expect(try outcome(action, status, body) == "refused refused", "\(status) \(body)")
            }
        }
    }

    @Test(
        arguments: [
            (close, "error-room-already-closed"), (close, "error-room-closed"), (close, "room-closed"),
            (forward, "error-forwarding-chat-same-department"), (forward, "error-selected-agent-room-agent-are-same"),
            (hold, "error-room-is-already-on-hold"),
        ])
    func whatIsSoAlreadyIsDone(action: Action, code: String) throws {
        for status in [400, 200] {
            for body in Self.bodies(code) { #expect(try outcome(action, status, body) == "done", "\(status) \(body)") }
        }
        for text in ["Error: \(code)", "\(code): r1", "x [\(code)] at y"] {
            #expect(try outcome(action, 400, ["success": false, "error": .string(text)]) == "done", "\(text)")
        }
        #expect(try outcome(action, 400, ["success": false, "error": .string("x-\(code)")]) == "refused refused")
    }

    @Test func twoTransactionsThatMetAreTriedAgain() throws {
        for body in Self.bodies("error-room-cannot-be-closed-try-again") {
            #expect(try outcome(Self.close, 400, body) == "retry server_error")
        }
    }

    /// What no documented reason is, may come of an `_id` that is known already.
    @Test(
        arguments: [
            ["success": false, "error": "Cannot read properties of undefined (reading 'starred')"],
            ["success": false, "error": "Cannot read property 'starred' of undefined [500]"],
            ["success": false, "error": "x is not a function", "errorType": "TypeError"],
            ["success": false, "error": "E11000 duplicate key error", "errorType": "MongoServerError"],
            ["success": false], [:], ["success": false, "error": ""], ["success": false, "error": .null],
        ] as [Value])
    func anUnknownFailureOfAMessageIsADoubt(body: Value) throws {
        #expect(try outcome(Self.reply, 400, body) == "uncertain uncertain")
        #expect(try outcome(Self.forward, 400, body) == "refused refused")
    }

    @Test(
        arguments: [
            (200, ["success": false, "error": "You must be logged in to do this."]),
            (200, ["status": "error", "message": "You must be logged in to do this."]),
            (400, ["success": false, "error": "You must be logged in to do this."]),
            (401, ["status": "error", "message": "You must be logged in to do this."]),
            (401, ["success": false, "error": "x [error-unauthorized]"]), (403, ["success": false, "error": "forbidden"]),
            (403, ["success": false, "error": "User does not have the permissions required [error-forbidden]"]),
        ] as [(Int, Value)])
    func wrongCredentialsAreTold(status: Int, body: Value) throws {
        for action in [Self.reply, Self.forward, Self.close, Self.save] {
            #expect(try outcome(action, status, body) == "refused unauthorized")
        }
    }

    @Test(arguments: [429, 400, 200, 503]) func tooManyRequestsWaitWhateverTheStatus(status: Int) throws {
        let text = "Error, too many requests. Please slow down. You must wait 7 seconds before trying this endpoint again. "
        for body in Self.bodies("error-too-many-requests") + [
            ["success": false, "error": .string(text + "[error-too-many-requests]")]
        ] {
            #expect(try outcome(Self.close, status, body) == "throttled", "\(body)")
        }
    }

    @Test(arguments: [500, 502, 503, 504]) func aFailingServerIsADoubt(status: Int) throws {
        #expect(try outcome(Self.reply, status, "<html>") == "uncertain server_error")
        let closed: Value = ["success": false, "error": "error-room-already-closed"]
        #expect(try outcome(Self.close, status, closed) == "uncertain server_error")
    }

    @Test(
        arguments: [["result": false, "success": true], ["result": true, "success": true], ["success": true]] as [Value])
    func successIsDone(body: Value) throws {
        for action in [Self.queue, Self.close, Self.forward] { #expect(try outcome(action, 200, body) == "done") }
    }
}
