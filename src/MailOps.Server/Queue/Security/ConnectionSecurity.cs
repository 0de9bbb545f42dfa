using MailOps.Trust.TlsRpt;

namespace MailOps.Server.Queue.Security;

/// <summary>How a connection is protected.</summary>
/// <param name="Tls">The TLS version, or null in the clear.</param>
/// <param name="VerifiedBy">What vouched for the server being the right one: <c>DANE</c>, <c>MTA-STS</c> or <c>PKIX</c>; null if nothing was asked to.</param>
/// <param name="Problem">What is not as it was published or offered, though it stopped nothing: a sentence, or null.</param>
internal readonly record struct ConnectionSecurity(string? Tls, string? VerifiedBy, string? Problem)
{
    /// <summary>What kind of fault there is with TLS, whether or not it stopped anything; null if there is none.</summary>
    public TlsFault? Fault { get; init; }
}
