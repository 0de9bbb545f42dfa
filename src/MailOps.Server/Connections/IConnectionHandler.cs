namespace MailOps.Server.Connections;

/// <summary>What a listener hands its connections to: a protocol. The floor below knows no more of it than this.</summary>
internal interface IConnectionHandler
{
    /// <summary>The protocol's name in events: <c>smtp</c>, <c>submission</c>, <c>lmtp</c>, <c>pop3</c>, <c>imap</c>.</summary>
    string Protocol { get; }

    /// <summary>True where clients stay connected with nothing to say, for hours and in great number.</summary>
    bool Idles { get; }

    /// <summary>True where a command does no more than a little between two waits, so that sessions may share a thread.</summary>
    bool IsBrisk { get; }

    /// <summary>True where it is counted what an address does (<see cref="RateLimits"/>).</summary>
    bool IsRated => true;

    /// <summary>The line, with its CRLF, that turns a client away in the place of a greeting.</summary>
    /// <param name="reason">Why, and when to try again, in a few words.</param>
    string Refusal(string reason);

    /// <summary>Why the protocol is not for this client, or null. Asked before its session begins, and before TLS.</summary>
    ConnectionRejection? Rejection(ServerConnection connection) => null;

    /// <summary>An answer that was set for the place of the greeting, as a line with its CRLF.</summary>
    /// <param name="reply">The answer, as it is written for commands.</param>
    string FirstWords(string reply) => reply + "\r\n";

    /// <summary>Runs a session from its greeting to its end. Returns when the session is over; does not dispose the connection.</summary>
    Task ServeAsync(ServerConnection connection);
}
