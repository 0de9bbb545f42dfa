namespace MailOps.Client.Migration;

/// <summary>What became of a message.</summary>
/// <param name="Result">copied, found (it was on the target), or refused.</param>
/// <param name="Folder">The folder's path.</param>
/// <param name="Id">The message on the source.</param>
/// <param name="Target">The folder on the target.</param>
/// <param name="TargetId">The message on the target; null if it is not there, or if the target does not say.</param>
/// <param name="Size">Its octets.</param>
/// <param name="Reason">Why it was refused, or null.</param>
public readonly record struct CopiedMessage(string Result, string Folder, string Id, string Target, string? TargetId, long Size, string? Reason = null);
