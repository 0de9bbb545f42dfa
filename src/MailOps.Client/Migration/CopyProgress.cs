namespace MailOps.Client.Migration;

/// <summary>How far a copy is.</summary>
/// <param name="Folder">The folder that was last worked on, as its path.</param>
/// <param name="Done">Messages that are done: copied, found, refused, left out.</param>
/// <param name="Total">Messages of all folders, as far as the source told.</param>
/// <param name="Octets">Octets that were copied.</param>
/// <param name="Copied">Messages that were copied.</param>
/// <param name="Skipped">Messages that a filter leaves out.</param>
/// <param name="Settled">Messages that this run read and settled: copied, found by content, or refused; not those that it knew.</param>
public readonly record struct CopyProgress(string Folder, long Done, long Total, long Octets, long Copied = 0, long Skipped = 0, long Settled = 0);
