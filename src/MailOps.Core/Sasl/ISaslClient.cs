namespace MailOps.Sasl;

/// <summary>The client's side of one authentication exchange (RFC 4422). Made new for each attempt; knows no protocol around it.</summary>
public interface ISaslClient
{
    /// <summary>The mechanism's registered name, such as <c>SCRAM-SHA-256</c>.</summary>
    string Mechanism { get; }

    /// <summary>
    /// What the client says first, or null if the server speaks first (LOGIN). Where the protocol cannot carry it with
    /// the command, it answers the server's first, empty challenge, which is then not given to <see cref="StepAsync"/>.
    /// </summary>
    ReadOnlyMemory<byte>? InitialResponse { get; }

    /// <summary>
    /// True once the client has nothing more to say and, where the mechanism proves the server too, the proof was
    /// right. A server that reports success before is not to be believed (RFC 5802 section 5).
    /// </summary>
    bool IsComplete { get; }

    /// <summary>What the server told of its refusal inside the exchange, in words for a reader, or null. Where the mechanism has no such thing the protocol's reply is all there is.</summary>
    string? Refusal => null;

    /// <summary>Answers a challenge.</summary>
    /// <param name="challenge">The decoded octets that the server sent.</param>
    /// <param name="cancel">Ends the wait for the key derivation.</param>
    /// <returns>The octets to send (base64 is the protocol's work), maybe empty.</returns>
    /// <exception cref="SaslException">The challenge breaks the mechanism's rules, or the server does not know the password: the connection is to be closed.</exception>
    ValueTask<ReadOnlyMemory<byte>> StepAsync(ReadOnlyMemory<byte> challenge, CancellationToken cancel);
}
