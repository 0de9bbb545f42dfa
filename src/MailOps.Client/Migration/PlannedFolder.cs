namespace MailOps.Client.Migration;

/// <summary>A folder and its place in the target.</summary>
/// <param name="Source">The folder.</param>
/// <param name="Target">What the target calls it.</param>
/// <param name="There">What the target has there now; null if it is to be made.</param>
internal sealed record PlannedFolder(MailFolder Source, string Target, MailFolder? There);
