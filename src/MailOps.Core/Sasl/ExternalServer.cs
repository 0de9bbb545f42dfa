namespace MailOps.Sasl;

/// <summary>EXTERNAL (RFC 4422 appendix A): the client is who its certificate says. All it sends is the identity to act as, or nothing.</summary>
internal sealed class ExternalServer(SaslServerContext context) : ISaslServer
{
    public string Mechanism => "EXTERNAL";

    public async ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancel)
    {
        if (response is not { } octets)
            return new SaslStep.Challenge(ReadOnlyMemory<byte>.Empty);

        if (octets.Length > SaslLimits.MaxMessage || octets.Span.Contains((byte)0) || !StrictUtf8.TryDecode(octets.Span, out var wanted))
            return new SaslStep.Failure(SaslFailure.Malformed, null);

        // Of several names in a certificate the first that has an account counts, or the one that was asked for.
        string? first = null;
        foreach (var name in context.CertificateNames)
        {
            if (await context.Store.FindAccountAsync(name, cancel).ConfigureAwait(false) is not { } account)
                continue;
            if (SaslIdentity.MayActAs(wanted, name, account))
                return new SaslStep.Success(account);
            first ??= account;
        }

        return first is null
            ? new SaslStep.Failure(SaslFailure.InvalidCredentials, context.CertificateNames is [var only, ..] ? only : null)
            : new SaslStep.Failure(SaslFailure.NotAuthorized, first);
    }
}
