using NUnit.Framework;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Server.Tests;

/// <summary>One PostgreSQL cluster and one signing server between fake peers for all tests here.</summary>
[SetUpFixture]
public sealed class AssemblySetup
{
    private static DirectoryInfo? s_folder;
    private static PrivatePostgres? s_postgres;
    private static World? s_world;

    internal static PrivatePostgres Postgres => s_postgres ?? throw new InvalidOperationException("The set-up has not run.");

    internal static World World => s_world ?? throw new InvalidOperationException("The set-up has not run.");

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        s_folder = Directory.CreateTempSubdirectory("rs-server-tests-");
        s_postgres = PrivatePostgres.Start(Path.Combine(s_folder.FullName, "postgres"), Path.Combine(s_folder.FullName, "postgres.log"));
        s_world = await World.StartAsync("shared");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (s_world is not null)
        {
            await s_world.DisposeAsync();
        }

        DescribedHandler.End();
        SeenAnswers.WriteMissing(Path.Combine(TestContext.CurrentContext.TestDirectory, "unmet-answers.txt"));
        s_postgres?.Dispose();
        s_folder?.Delete(recursive: true);
    }
}
