namespace MailOps.Server.Hosting.Configuration;

/// <summary>What came of reading a configuration: what a server is started with, or everything that is wrong.</summary>
/// <param name="Options">The options; null if one of the settings cannot be used.</param>
/// <param name="Problems">All problems, in the order of their lines.</param>
public sealed record ConfigurationResult(MailServerOptions? Options, IReadOnlyList<ConfigurationProblem> Problems);
