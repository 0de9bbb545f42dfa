namespace MailOps.Client.Migration;

/// <summary>A message that was read, or that could not be.</summary>
/// <param name="Entry">Which.</param>
/// <param name="Octets">All of it; null if the mailbox refused to show it.</param>
/// <param name="Refusal">Why it was refused, in the mailbox's own words.</param>
public sealed record MailContent(MailEntry Entry, MessageSpool? Octets, string? Refusal) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Octets?.Dispose();
}
