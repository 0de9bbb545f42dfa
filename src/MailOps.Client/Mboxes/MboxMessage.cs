namespace MailOps.Client.Mboxes;

/// <summary>A message that is to be written into a file of many.</summary>
/// <param name="OpenAsync">Gives its octets from the first on, each time it is asked; twice for the dialects that count.</param>
/// <param name="Flags">Its flags and keywords with spaces between them.</param>
/// <param name="Arrived">When it arrived.</param>
/// <param name="Sender">The sender of its envelope; null to take it from the message's <c>Return-Path</c>.</param>
public sealed record MboxMessage(Func<CancellationToken, IAsyncEnumerable<ReadOnlyMemory<byte>>> OpenAsync, string Flags, DateTimeOffset Arrived, string? Sender = null);
