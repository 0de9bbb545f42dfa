namespace MailOps.Server.Accounts.Files;

/// <summary>Something wrong with a line of a file of a store. The line stays as it is; unless the text says otherwise, it counts for nothing.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Text">What is wrong: goes on after "line N of FILE".</param>
public sealed record LineProblem(int Line, string Text);
