using System.Xml.Linq;
using NUnit.Framework;

namespace RemoteSigning.Architecture.Tests;

/// <summary>Who may reference whom. A new edge is a decision: change this table and docs/architecture.md with it.</summary>
public sealed class ProjectReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["RemoteSigning.Contracts"] = [],
        ["RemoteSigning.Cryptoki"] = [],
        ["RemoteSigning.Sam"] = ["RemoteSigning.Contracts", "RemoteSigning.Cryptoki"],
        ["RemoteSigning.Pki"] = ["RemoteSigning.Contracts", "RemoteSigning.Cryptoki"],
        ["RemoteSigning.Authorization"] = ["RemoteSigning.Contracts", "RemoteSigning.Cryptoki"],
        ["RemoteSigning.Server"] = ["RemoteSigning.Contracts"],
        ["RemoteSigning.Agent.Core"] = ["RemoteSigning.Contracts"],
        ["RemoteSigning.Agent"] = ["RemoteSigning.Agent.Core"],
    };

    private static string Root => Repository.Root;

    public static IEnumerable<string> ProductProjects() =>
        Directory.EnumerateFiles(Path.Combine(Root, "backend"), "*.csproj", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Path.Combine(Root, "client"), "*.csproj", SearchOption.AllDirectories))
            .Select(p => Path.GetRelativePath(Root, p))
            .Order(StringComparer.Ordinal);

    [Test]
    public void ProductProjects_All_AreInTheTable() =>
        Assert.That(ProductProjects().Select(Name), Is.EquivalentTo(Allowed.Keys));

    [TestCaseSource(nameof(ProductProjects))]
    public void ProjectReferences_Each_IsAllowed(string project)
    {
        string[] referenced = [.. Elements(project, "ProjectReference").Select(Name)];

        Assert.That(referenced, Is.EquivalentTo(Allowed[Name(project)]));
    }

    [TestCaseSource(nameof(ProductProjects))]
    public void LinkedSources_Each_ComeFromHostingOnly(string project)
    {
        IEnumerable<string> linked = Elements(project, "Compile").Select(i => i.Replace('\\', '/')).Where(i => i.Contains("..", StringComparison.Ordinal));

        Assert.That(linked, Is.All.EqualTo("../Hosting/*.cs"));
    }

    [Test]
    public void Solution_Projects_AreAllThere()
    {
        string solution = File.ReadAllText(Path.Combine(Root, "RemoteSigning.sln")).Replace('\\', '/');
        string[] missing =
        [
            // Not from the root: artifacts/ may hold Wine's links to the whole machine.
            .. new[] { "backend", "client", "tests", "installer", "docs" }
                .SelectMany(f => Directory.EnumerateFiles(Path.Combine(Root, f), "*.csproj", SearchOption.AllDirectories))
                .Select(p => Path.GetRelativePath(Root, p))
                .Where(p => !solution.Contains($"\"{p}\"", StringComparison.Ordinal)),
        ];

        Assert.That(missing, Is.Empty);
    }

    [Test]
    public void TopLevel_Folders_AreTheFixedOnes()
    {
        // The last three are what tools leave behind and git ignores.
        string[] known = ["backend", "client", "native-shim", "installer", "tests", "docs", "artifacts", "TestResults", "node_modules"];

        IEnumerable<string?> folders = Directory.EnumerateDirectories(Root).Select(Path.GetFileName).Where(f => !f!.StartsWith('.'));

        Assert.That(folders, Is.SubsetOf(known));
    }

    private static IEnumerable<string> Elements(string project, string element) =>
        XDocument.Load(Path.Combine(Root, project)).Descendants(element)
            .Select(e => (string?)e.Attribute("Include"))
            .OfType<string>();

    private static string Name(string path) => Path.GetFileNameWithoutExtension(path.Replace('\\', '/'));
}
