namespace MailOps.Sasl;

/// <summary>What the server's side of an exchange says next.</summary>
public abstract record SaslStep
{
    private SaslStep()
    {
    }

    /// <summary>The exchange goes on: these octets go to the client (base64 is the protocol's work).</summary>
    /// <param name="Data">The challenge, maybe empty.</param>
    public sealed record Challenge(ReadOnlyMemory<byte> Data) : SaslStep;

    /// <summary>The client is who it says.</summary>
    /// <param name="Account">The account's canonical name.</param>
    public sealed record Success(string Account) : SaslStep;

    /// <summary>The exchange failed. The client is told no more than <see cref="SaslFailure"/> allows.</summary>
    /// <param name="Reason">Which kind of failure.</param>
    /// <param name="User">The name that the client gave, where it got that far: for events only.</param>
    public sealed record Failure(SaslFailure Reason, string? User) : SaslStep;
}
