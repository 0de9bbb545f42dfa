namespace MailOps.Sasl;

/// <summary>The server's side of one authentication exchange (RFC 4422). Made new for each attempt; knows no protocol around it.</summary>
public interface ISaslServer
{
    /// <summary>The mechanism's registered name, such as <c>SCRAM-SHA-256</c>.</summary>
    string Mechanism { get; }

    /// <summary>The name that the client gave, once it is known before the outcome is.</summary>
    string? User => null;

    /// <summary>Takes the client's next response and answers with a challenge or the outcome.</summary>
    /// <param name="response">The decoded octets. Null at the start if the client sent no initial response.</param>
    /// <param name="cancel">Ends the wait for the credential store.</param>
    ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancel);
}
