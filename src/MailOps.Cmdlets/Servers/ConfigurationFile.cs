using System.Management.Automation.Language;
using MailOps.Server.Hosting.Configuration;

namespace MailOps.Cmdlets.Servers;

/// <summary>A server's configuration in a PowerShell data file. It is read as data: nothing in it runs.</summary>
internal static class ConfigurationFile
{
    /// <summary>Reads a file as a whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="onThisMachine">Whether to tell also what a start on this machine would fail at; the options come back all the same then.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static ConfigurationResult Read(string path, bool onThisMachine = false)
    {
        var content = File.ReadAllText(path);
        var ast = Parser.ParseInput(content, path, out _, out var errors);
        if (errors.Length > 0)
            return new ConfigurationResult(null, [.. errors.Select(error => new ConfigurationProblem("", error.Extent.StartLineNumber, error.Message))]);
        var problems = new List<ConfigurationProblem>();
        if (TableOf(ast) is not { } table)
            return new ConfigurationResult(null, [new ConfigurationProblem("", 1, "The file has to be one table and nothing else: @{ StorePath = '/srv/mail' }.")]);
        var root = Read(table, "", problems);
        var result = MailServerConfiguration.Read(root, Path.GetDirectoryName(path)!);
        if (onThisMachine && problems.Count == 0 && result.Options is { } options)
            return result with { Problems = MailServerConfiguration.ProblemsHere(root, options) };
        return problems.Count == 0 ? result : new ConfigurationResult(null, [.. problems.Concat(result.Problems.Where(found => !problems.Exists(known => known.Line == found.Line))).OrderBy(problem => problem.Line)]);
    }

    private static HashtableAst? TableOf(ScriptBlockAst ast) =>
        ast is { ParamBlock: null, BeginBlock: null, ProcessBlock: null, UsingStatements.Count: 0, EndBlock.Statements: [var only] } ? Expression(only) as HashtableAst : null;

    private static ExpressionAst? Expression(StatementAst statement) =>
        statement is PipelineAst { PipelineElements: [CommandExpressionAst { Redirections.Count: 0 } only] } ? only.Expression : null;

    private static Setting Read(ExpressionAst expression, string name, List<ConfigurationProblem> problems)
    {
        var line = expression.Extent.StartLineNumber;
        switch (expression)
        {
            case HashtableAst table:
                return Setting.Table(name, line, [.. table.KeyValuePairs.Select(pair => Member(pair.Item1, pair.Item2, name, problems))]);
            case ArrayLiteralAst list:
                return List(name, line, list.Elements, problems);
            case ArrayExpressionAst { SubExpression.Statements: var statements }:
                return List(name, line, statements.SelectMany(statement => Expression(statement) switch
                {
                    ArrayLiteralAst inner => inner.Elements,
                    { } one => [one],
                    null => Refused(statement),
                }), problems);
            case ParenExpressionAst { Pipeline: var pipeline } when Expression(pipeline) is { } inner:
                return Read(inner, name, problems);
            default:
                try
                {
                    return Setting.Of(name, line, expression.SafeGetValue());
                }
                catch (InvalidOperationException)
                {
                    problems.Add(new ConfigurationProblem(name, line, $"'{expression.Extent.Text}' is not allowed in a data file: write the value itself, a text in single quotes, a number, $true or $false."));
                    return Setting.Of(name, line, null);
                }
        }

        IEnumerable<ExpressionAst> Refused(StatementAst statement)
        {
            problems.Add(new ConfigurationProblem(name, statement.Extent.StartLineNumber, $"'{statement.Extent.Text}' is not allowed in a data file: write the value itself."));
            return [];
        }
    }

    private static Setting List(string name, int line, IEnumerable<ExpressionAst> items, List<ConfigurationProblem> problems) =>
        Setting.List(name, line, [.. items.Select((item, i) => Read(item, $"{name}[{i}]", problems))]);

    private static Setting Member(ExpressionAst key, StatementAst value, string table, List<ConfigurationProblem> problems)
    {
        var name = Setting.NameIn(table, key is StringConstantExpressionAst { Value: var text } ? text : key.Extent.Text);
        if (Expression(value) is { } expression)
        {
            // A setting is where its name is, not where its value begins.
            var read = Read(expression, name, problems);
            return read.Members is not null || read.Items is not null ? read : Setting.Of(name, key.Extent.StartLineNumber, read.Value);
        }

        problems.Add(new ConfigurationProblem(name, value.Extent.StartLineNumber, $"'{value.Extent.Text}' is not allowed in a data file: write the value itself."));
        return Setting.Of(name, value.Extent.StartLineNumber, null);
    }
}
