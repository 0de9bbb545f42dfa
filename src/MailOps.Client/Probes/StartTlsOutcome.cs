namespace MailOps.Client.Probes;

/// <summary>How far the dialogue before TLS came.</summary>
/// <param name="Stop">Why TLS cannot start, or null: the next octets are the handshake.</param>
/// <param name="Offer">The line that offers STARTTLS, and what answered it.</param>
/// <param name="PlaintextLogin">The line that offers a plaintext login before TLS, or null if none does.</param>
internal sealed record StartTlsOutcome(Finding? Stop, string Offer = "", string? PlaintextLogin = null);
