namespace MailOps.Cmdlets.Queue;

/// <summary>A message is not saved, since something else has its place.</summary>
internal sealed class ExportRefusedException(string message) : Exception(message);
