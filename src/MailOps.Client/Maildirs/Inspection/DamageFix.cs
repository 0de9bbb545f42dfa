namespace MailOps.Client.Maildirs.Inspection;

/// <summary>What puts a damage right without deleting mail.</summary>
/// <param name="Target">What is changed.</param>
/// <param name="Action">What is done to it.</param>
/// <param name="Apply">Does it, and tells what came of it.</param>
internal sealed record DamageFix(string Target, string Action, Func<RepairSite, Task<string>> Apply);
