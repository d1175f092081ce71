/// A shop on Huggy whose API is a server of the test.
enum Shop {
    static let token = "0123456789abcdef0123456789abcdef"
    static let environment = ["SHOP_TOKEN": token, "SHOP_API": "api-secret-of-the-shop"]

    static func configuration(api: String) -> String {
        """
        listen: 127.0.0.1:0
        admin: 127.0.0.1:0
        store: sqlite:bellhop.db
        accounts:
          shop:
            vendor: huggy
            webhook: { secret: { env: SHOP_TOKEN } }
            api: { base_url: \(api), token: { env: SHOP_API } }
            names: { departments: { billing: 11445 } }

        """
    }

    static let rules = """
        version: 1
        rules:
          - id: echo
            when: [ { text: 'order*' } ]
            do:
              - reply: 'got {{message.text}}'
              - note: 'from {{conversation.id}}'
              - route: { department: billing }

        """

    /// One customer's message, as Huggy sends it.
    static func message(_ id: String, chat: Int, text: String) -> String {
        let person = #"{"id":7,"name":"Ana Souza","mobile":null,"phone":null,"email":null,"photo":"no_photo"}"#
        return """
            {"time":1735738800,"token":"\(token)","messages":{"receivedAllMessage":[{"id":"\(id)","body":"\(text)",\
            "is_internal":false,"is_email":false,"sender":\(person),"senderType":"widget","receiver":false,\
            "receiverType":"agent","file":null,"channel":"widget","customer":\(person),"chat":{"id":\(chat),\
            "channel":"widget","situation":"auto","department":false,"customer":\(person)},\
            "send_at":"2025-01-01 10:40:00","read_at":null,"company":{"id":"351000"}}]}}
            """
    }
}
