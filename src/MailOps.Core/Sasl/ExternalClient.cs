namespace MailOps.Sasl;

/// <summary>EXTERNAL (RFC 4422 appendix A) from the client's side.</summary>
internal sealed class ExternalClient(string authorization) : ISaslClient
{
    public string Mechanism => "EXTERNAL";

    public ReadOnlyMemory<byte>? InitialResponse { get; } = StrictUtf8.Encode(authorization);

    public bool IsComplete => true;

    public ValueTask<ReadOnlyMemory<byte>> StepAsync(ReadOnlyMemory<byte> challenge, CancellationToken cancel) =>
        ValueTask.FromException<ReadOnlyMemory<byte>>(new SaslException("The server sent a challenge where EXTERNAL has none."));
}
