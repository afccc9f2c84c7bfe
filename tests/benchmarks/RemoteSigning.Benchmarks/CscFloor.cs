using System.Security.Cryptography;
using Npgsql;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>
/// What one authorize + signHash costs at least between processes such as these, whatever they do: as many round trips over TLS to a
/// server that does nothing, as many prepared statements, as many commits, and the HSM's unwrap, sign and destroy. The SAM's log is left out.
/// </summary>
internal sealed class CscFloor : IDisposable
{
    private const int RoundTrips = 5; // Client to server, server to AS; client to server, server to AS, server to SAM.
    private const int Reads = 4;
    private const int Commits = 3;
    private const int LengthOfMessage = 1000;

    private readonly RawHsm _raw;
    private readonly EmptyServer _empty;
    private readonly NpgsqlDataSource _database;

    private CscFloor(RawHsm raw, EmptyServer empty, NpgsqlDataSource database) => (_raw, _empty, _database) = (raw, empty, database);

    public static async Task<CscFloor> StartAsync(RawHsm raw, RunningSandbox sandbox, string folder)
    {
        CscSandbox.Query(sandbox, "CREATE TABLE public.floor (id bigserial PRIMARY KEY, content bytea NOT NULL)");
        EmptyServer empty = await EmptyServer.StartAsync(folder, LengthOfMessage, isTls: true);
        var connection = new NpgsqlConnectionStringBuilder(sandbox.Description.Database) { MaxAutoPrepare = 10, AutoPrepareMinUsages = 2 };
        return new CscFloor(raw, empty, NpgsqlDataSource.Create(connection));
    }

    public Task<Measurement> RunAsync(string key, int callers, int operations)
    {
        byte[] message = RandomNumberGenerator.GetBytes(LengthOfMessage);
        Func<byte[]> sign = _raw.PrepareUnwrapSignDestroy(key);
        return Load.RunAsync("the same messages alone", key, callers, operations, async _ =>
        {
            for (int i = 0; i < RoundTrips; i++)
            {
                using HttpResponseMessage answer = await _empty.Http.PostAsync("/", new ByteArrayContent(message));
                await answer.Content.ReadAsByteArrayAsync();
            }

            for (int i = 0; i < Reads; i++)
            {
                await ExecuteAsync("SELECT content FROM public.floor WHERE id = $1", 1L);
            }

            for (int i = 0; i < Commits; i++)
            {
                await ExecuteAsync("INSERT INTO public.floor (content) VALUES ($1)", message);
            }

            sign();
            return null;
        });
    }

    public void Dispose()
    {
        _database.Dispose();
        _empty.Dispose();
    }

    private async Task ExecuteAsync(string statement, object parameter)
    {
        await using NpgsqlCommand command = _database.CreateCommand(statement);
        command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        await command.ExecuteNonQueryAsync();
    }
}
