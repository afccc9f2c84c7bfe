using NUnit.Framework;

namespace RemoteSigning.Architecture.Tests;

/// <summary>The repository that these tests were built in.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "RemoteSigning.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
