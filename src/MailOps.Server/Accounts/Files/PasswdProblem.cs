namespace MailOps.Server.Accounts.Files;

/// <summary>Something wrong with a line of a passwd-file. The line stays as it is and counts for nothing.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Text">What is wrong: goes on after "line N of FILE".</param>
public sealed record PasswdProblem(int Line, string Text);
