using MailOps.Dns;

namespace MailOps.Trust.Dane;

/// <summary>A TLSA record that plays no part, and why.</summary>
/// <param name="Record">The record.</param>
/// <param name="Reason">Why it is set aside, as a sentence.</param>
/// <param name="Source">The section that says so.</param>
/// <param name="IsSuperseded">
/// True if the record could be used, but a stronger digest of the same thing is there. False if it cannot be used at all.
/// </param>
public sealed record TlsaSetAside(TlsaRecord Record, string Reason, string Source, bool IsSuperseded);
