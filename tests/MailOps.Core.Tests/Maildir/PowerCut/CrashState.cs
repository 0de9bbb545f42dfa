namespace MailOps.Core.Tests.Maildir.PowerCut;

/// <summary>What a cut of the power left.</summary>
/// <param name="Moment">How many steps had been done.</param>
/// <param name="Image">What is on the disk.</param>
/// <param name="Story">How it came, for a report.</param>
internal sealed record CrashState(int Moment, DiskImage Image, string Story);
