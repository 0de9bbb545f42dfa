using MailOps.Trust.TlsRpt;

namespace MailOps.Server.Queue.Security;

/// <summary>What is thought of the certificates that a server presented.</summary>
/// <param name="Accepted">True if mail may be sent.</param>
/// <param name="VerifiedBy">What vouched for them, as in <see cref="ConnectionSecurity"/>; null if nothing did.</param>
/// <param name="Problem">What is wrong, as a sentence; null if nothing is. It may be accepted all the same.</param>
/// <param name="Fault">What kind of fault that is.</param>
internal readonly record struct CertificateVerdict(bool Accepted, string? VerifiedBy, string? Problem, TlsFault? Fault = null);
