namespace MailOps.Server.Hosting;

/// <summary>Something in the options of a server that it cannot be started with.</summary>
/// <param name="Setting">The name of the setting that it comes from, as a configuration has it.</param>
/// <param name="Message">What is wrong and what to do, as sentences.</param>
internal readonly record struct OptionProblem(string Setting, string Message);
