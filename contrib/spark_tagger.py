"""Tags documents with Spark: a column of texts in, a row for each entity out, through `mapInArrow`.

    python contrib/spark_tagger.py MODEL DOCUMENTS OUTPUT [COPIES]

MODEL is a folder or a name of the Hugging Face Hub, DOCUMENTS a file or folder in any format that welt reads, OUTPUT a folder for Parquet.
COPIES repeats the documents so often, to see how long many take. Needs pyspark, pyarrow, pandas and Java.

Each worker of Spark loads the model once, when it gets its first batch; Arrow's batches go in and come out as they are. On a cluster the
model's folder has to be where the workers see it, and `spark.task.cpus` should be the threads of a tagger.
"""

import sys
import time

SCHEMA = "id string, start long, end long, type string, score float, mention string"
MODELS = {}


def tagger_of(model, threads):
    """The tagger of this worker, which is loaded once."""
    import welt

    if model not in MODELS:
        MODELS[model] = welt.Tagger.load(model, threads=threads)
    return MODELS[model]


def tag_with(model, threads):
    """A function for `mapInArrow`."""

    def tag(batches):
        for batch in batches:
            yield tagger_of(model, threads).tag_batch(batch)

    return tag


def main():
    import pyarrow
    import welt
    from pyspark.sql import SparkSession

    model, path, output = sys.argv[1:4]
    copies = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    documents = [
        (f"{document['id']}-{copy}", " ".join(passage["text"] for passage in document["passages"]))
        for copy in range(copies)
        for document in welt.read_documents(path)
    ]
    spark = SparkSession.builder.master("local[2]").appName("welt").config("spark.ui.enabled", "false").getOrCreate()
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "500")
    frame = spark.createDataFrame(documents, "id string, text string").repartition(2)
    started = time.time()
    frame.mapInArrow(tag_with(model, 1), SCHEMA).write.mode("overwrite").parquet(output)
    seconds = time.time() - started
    found = spark.read.parquet(output)
    n_found = found.count()
    print(f"{len(documents)} documents, {n_found} entities, {seconds:.1f} s")
    # What Spark gave is what the tagger gives by itself.
    some = documents[:20]
    expected = welt.Tagger.load(model).tag_batch(
        pyarrow.RecordBatch.from_pydict({"id": [row[0] for row in some], "text": [row[1] for row in some]})
    )
    names = {row[0] for row in some}
    rows = {(row["id"], row["start"], row["end"], row["type"], row["mention"]) for row in found.collect() if row["id"] in names}
    assert rows == {(row["id"], row["start"], row["end"], row["type"], row["mention"]) for row in expected.to_pylist()}
    spark.stop()


if __name__ == "__main__":
    main()
